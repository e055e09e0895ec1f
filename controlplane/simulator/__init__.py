"""A seeded stochastic firm that reports its work over the real wire, and knows what it got wrong."""
