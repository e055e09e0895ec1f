"""One promise running on one case, read at an instant."""
