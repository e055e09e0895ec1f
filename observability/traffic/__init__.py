"""What each source sent under each contract, day by day: how much, and what it looked like."""
