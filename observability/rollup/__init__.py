"""What many cases come to: kept with every case that is folded, so that no screen reads cases."""
