"""Files of history become events."""
