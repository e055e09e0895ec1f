"""Process mining: where work waits, who hands it to whom, and how two groups of cases differ."""
