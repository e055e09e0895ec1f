"""How a process fares: promises kept and broken, stages and their load, day by day."""
