"""The startup park's calls and applications."""
