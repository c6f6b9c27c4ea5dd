"""The startup fund's budget, and what is reserved from it."""
