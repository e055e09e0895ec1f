"""What ought to be: facts in, a decision out. No database, no web, no clock of its own."""
