"""The decisions taken: a history that is appended to and never rebuilt."""
