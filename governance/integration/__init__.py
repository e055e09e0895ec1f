"""Integrations: what carries a contract from one system to another, and who supports that."""
