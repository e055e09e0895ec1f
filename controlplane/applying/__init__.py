"""What each command does to the state, one module a noun."""
