"""Versions in shadow are asked beside everything else: by a process of their own that yields."""
