"""Review: who signs a version, what is said of it, and which findings it may pass with."""
