"""The inventory of integrations: which system tells which other what, and what is not known."""
