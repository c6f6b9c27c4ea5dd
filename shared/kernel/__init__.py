"""The kernel: clock, money, identifiers, errors, working days, history. Pure Python, no input or output."""
