"""What follows from the log: cases, entities, clocks. A replay rebuilds it."""
