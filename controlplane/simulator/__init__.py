"""A seeded stochastic firm that reports over the real wire, and knows what went wrong."""
