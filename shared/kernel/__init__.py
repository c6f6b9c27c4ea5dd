"""The kernel: clock, money, identifiers, errors, working days. Pure Python."""
