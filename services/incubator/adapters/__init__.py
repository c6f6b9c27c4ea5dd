"""The store behind the use cases, and the events as their contracts want them."""
