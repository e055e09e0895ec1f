"""What follows from the log: cases, entities, clocks. Written by the worker, rebuilt by a replay."""
