"""What each service says, hears and can be asked. One package a service; no input or output here."""
