"""From the log to the state: correlate, fold, clock, decide, settle, commit."""
