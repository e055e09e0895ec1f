"""The running program: it composes the other packages and holds the only web code."""
