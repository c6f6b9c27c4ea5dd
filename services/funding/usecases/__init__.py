"""What a person or an event makes happen: one file each."""
