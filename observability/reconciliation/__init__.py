"""Do two systems say the same? Sides are read as lines, joined by key, and told apart by kind."""
