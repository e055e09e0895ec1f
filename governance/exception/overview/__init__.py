"""Exceptions at a glance: how many, how late, how much, and which need a decision first."""

from governance.exception.overview.overview import Day, Held, Overview, Past, summarise

__all__ = ["Day", "Held", "Overview", "Past", "summarise"]
