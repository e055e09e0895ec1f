"""What corrections changed: breaches, exceptions, and the money that is at risk with them."""
