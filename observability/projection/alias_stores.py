"""Keys that people joined: two of them stand for one case until that is withdrawn."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, insert, or_, select

from observability.projection.chunk import chunked, one_of
from observability.tables import alias

Pair = tuple[str, str]
"""Two keys of one process, the lesser first."""


def pairs_of(keys: Sequence[str]) -> list[Pair]:
    """Return the first of *keys* with each of the others."""
    first, *others = keys
    return [(min(first, one), max(first, one)) for one in others if one != first]


def standing(connection: Connection, process: str, keys: Iterable[str]) -> list[Pair]:
    """Return every pair that joins one of *keys* with another key, sorted."""
    found: set[Pair] = set()
    for piece in chunked(sorted(set(keys))):
        named = or_(alias.c.key.in_(piece), alias.c.other.in_(piece))
        rows = connection.execute(
            select(alias.c.key, alias.c.other).where(alias.c.process == process, named)
        )
        found.update((row.key, row.other) for row in rows)
    return sorted(found)


def put(connection: Connection, process: str, pairs: Iterable[Pair]) -> None:
    """Let *pairs* stand."""
    wanted = set(pairs)
    drop(connection, process, wanted)
    rows = [{"process": process, "key": one, "other": other} for one, other in sorted(wanted)]
    if rows:
        connection.execute(insert(alias), rows)


def drop(connection: Connection, process: str, pairs: Iterable[Pair]) -> None:
    """Let *pairs* stand no more."""
    for piece in chunked(sorted(set(pairs))):
        those = one_of((alias.c.key, alias.c.other), piece)
        connection.execute(delete(alias).where(alias.c.process == process, those))
