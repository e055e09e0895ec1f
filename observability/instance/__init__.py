"""What the events of one case say of it, judged by its model."""
