"""What contracts declare beside what was observed of them: traffic, producers, consumers."""
