"""What forecasts are told from is made beside everything else, piece by piece."""
