"""What was refused is kept whole, with the reason, until someone replays or discards it."""
