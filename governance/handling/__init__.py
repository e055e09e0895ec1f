"""How a firm works its exceptions: whose they are, by when, which have one cause, what to do."""
