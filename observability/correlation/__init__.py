"""Where an event belongs, and those that wait to be told."""
