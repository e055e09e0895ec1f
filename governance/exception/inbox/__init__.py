"""Exceptions as they are looked for: filtered, ranked, paged and counted."""

from governance.exception.inbox.wanted import Page, Wanted

__all__ = ["Page", "Wanted"]
