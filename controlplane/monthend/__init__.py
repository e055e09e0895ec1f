"""Month end: what is open of a legal entity's month, and what was when it was signed off."""
