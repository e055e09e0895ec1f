"""What the exceptions of each engagement come to: kept with them, so that no screen reads all."""
