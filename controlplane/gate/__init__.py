"""The gate: a decision asked for by a caller who waits for it."""
