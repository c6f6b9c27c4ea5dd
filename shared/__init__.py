"""What the services have in common: the kernel, the contracts, messaging, and what tests need."""
