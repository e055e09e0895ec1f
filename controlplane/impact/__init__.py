"""What a changed contract would break: who reads it, by what rule, in which running work."""
