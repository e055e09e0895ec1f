"""What contracts declare, held against what was seen of the events that answer to them."""
