"""What is so, whatever the technology: plain Python."""
