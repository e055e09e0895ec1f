"""Which system is the record of which attribute, and which others have told it."""
