"""Who holds a key, by name: history and ledger know them as `key:<id>`."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from controlplane.tables import api_key

_KEY = "key:"


def names_of(connection: Connection, actors: Iterable[str | None]) -> dict[str, str]:
    """Return the names of those of *actors* who hold a key, by what history calls them."""
    ids = {one.removeprefix(_KEY) for one in actors if one and one.startswith(_KEY)}
    if not ids:
        return {}
    query = select(api_key.c.id, api_key.c.name).where(api_key.c.id.in_(sorted(ids)))
    return {f"{_KEY}{id_}": name for id_, name in connection.execute(query)}


def known_as(connection: Connection, actor: str, others: Sequence[str]) -> str:
    """
    Return the first of *others* that is the same person as *actor*; *actor* where none is.

    Keys of one name are one person's: a second key makes no second steward.
    """
    names = names_of(connection, [actor, *others])
    mine = names.get(actor)
    same = (one for one in others if one == actor or (mine and names.get(one) == mine))
    return next(same, actor)
