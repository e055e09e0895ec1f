"""A broken promise from its first firing to its end: what it is, who works it, what it costs."""
