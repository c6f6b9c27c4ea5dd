"""What funding says and hears."""
