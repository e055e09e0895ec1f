"""Design rules for contracts, written as people write them for Spectral."""
