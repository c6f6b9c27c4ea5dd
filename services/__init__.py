"""The services: each owns its store and talks to the others by events alone."""
