"""Rules are asked in processes of their own, and no decision dies with one of them."""
