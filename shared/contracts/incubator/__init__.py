"""What incubator says and hears."""
