"""What the way in and the way through saw, day by day: repetitions, limits met, how long."""
