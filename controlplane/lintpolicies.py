"""The lint policies in force, read once for each text."""

from functools import lru_cache

from sqlalchemy import Connection

from governance.document import stores as documents
from governance.lint.reading import read_policy
from governance.lint.ruleset import RuleSet

KIND = "lint"
_read = lru_cache(maxsize=64)(read_policy)


def policies(connection: Connection) -> list[RuleSet]:
    """Return the lint policies in force, by name."""
    return [_read(one.body) for one in documents.list_active(connection, KIND)]
