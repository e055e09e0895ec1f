"""Which cases are parts of which, and what the whole has left to bill."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b

import msgspec
from sqlalchemy import Connection, select

from controlplane.engagement.left import left_to_bill
from governance.exception.share import Whole
from governance.exception.stake_stores import Wholes
from observability.instance.link_stores import wholes_of as outermost_of
from observability.projection.chunk import chunked
from observability.tables import instance
from rules.money import Money, optional_money
from rules.once import Once

_BYTES = 16
_figures = msgspec.json.Decoder(dict[str, list[Money]]).decode


def wholes_of(connection: Connection, instances: Iterable[str]) -> dict[str, Whole]:
    """Return the outermost case that each of *instances* is part of; none for what is no part."""
    outermost = outermost_of(connection, instances)
    left = _left(connection, set(outermost.values()))
    return {part: Whole(instance=one, left=left.get(one)) for part, one in outermost.items()}


def wholes_kept(once: Once) -> Wholes:
    """Return what tells the wholes of cases, the same ones read once while nothing is applied."""

    def told(connection: Connection, instances: Iterable[str]) -> Mapping[str, Whole]:
        asked = sorted(instances)
        number = blake2b("\0".join(asked).encode(), digest_size=_BYTES).digest()
        found: Mapping[str, Whole] = once(("wholes", number), lambda: wholes_of(connection, asked))
        return found

    return told


def _left(connection: Connection, instances: Iterable[str]) -> dict[str, Money | None]:
    i = instance.c
    found: dict[str, Money | None] = {}
    for piece in chunked(sorted(instances)):
        rows = connection.execute(
            select(i.id, i.amount, i.currency, i.money).where(i.id.in_(piece))
        )
        found.update((row[0], _left_by(*row[1:])) for row in rows)
    return found


@lru_cache(maxsize=20_000)
def _left_by(amount: str | None, currency: str | None, money: str) -> Money | None:
    """Return what is left by the texts that are kept: those of thousands, of which few change."""
    return left_to_bill(optional_money(amount, currency), _figures(money))
