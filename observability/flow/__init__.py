"""Which activity follows which, and in which variants."""
