"""The operator's command line, `qihang`."""
