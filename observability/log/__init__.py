"""The log: everything that changes state, in the one order in which it was committed."""
