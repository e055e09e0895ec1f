"""What a changed contract touches: which fields and operations, and which of them are used."""
