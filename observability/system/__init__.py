"""The systems that tell events: how late they may tell, when they rest, when they are silent."""
