"""
The quarantine beside the log: its rows commit with the entries of the same request.

What a person settled stays settled when the same bytes are sent again.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from observability.quarantine import refused_stores
from observability.quarantine.held import HELD, Held, Settlement
from observability.tables import quarantine
from rules.instant import from_micros, optional_instant, optional_micros, to_micros
from rules.refusal import Problem

_AMENDED = ("reason", "detail", "errors", "owner", "contract")
_CHUNK = 500
_errors = msgspec.json.Decoder(tuple[Problem, ...])


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is narrowed to; `after` is the (received_at micros, id) of the last row seen."""

    status: str | None = HELD
    reason: str | None = None
    owner: str | None = None
    source: str | None = None
    type: str | None = None
    after: tuple[int, str] | None = None


def put(connection: Connection, held: Sequence[Held]) -> None:
    """Keep *held*; one that is held already takes the newest reason and keeps its place."""
    those = {one.id: one for one in held}
    refused_stores.count(connection, [those[id_] for id_ in _unknown(connection, those)])
    rows = [_values(one) for one in those.values()]
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    for start in range(0, len(rows), _CHUNK):
        statement = insert(quarantine)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[quarantine.c.id],
                set_={name: statement.excluded[name] for name in _AMENDED},
                where=quarantine.c.status == HELD,
            ),
            rows[start : start + _CHUNK],
        )


def _unknown(connection: Connection, ids: Iterable[str]) -> list[str]:
    """Return those of *ids* that were never held: an event that is sent again is one event."""
    wanted, known = list(ids), set[str]()
    for start in range(0, len(wanted), _CHUNK):
        those = quarantine.c.id.in_(wanted[start : start + _CHUNK])
        known |= set(connection.execute(select(quarantine.c.id).where(those)).scalars())
    return [one for one in wanted if one not in known]


def page(connection: Connection, selection: Selection, limit: int) -> list[Held]:
    """Return at most *limit* entries of the *selection*, the newest first."""
    c = quarantine.c
    query = select(quarantine).order_by(c.received_at.desc(), c.id.desc()).limit(limit)
    for name in ("status", "reason", "owner", "source", "type"):
        wanted = getattr(selection, name)
        if wanted is not None:
            query = query.where(c[name] == wanted)
    if selection.after is not None:
        query = query.where(tuple_(c.received_at, c.id) < tuple_(*selection.after))
    return [_held(row) for row in connection.execute(query)]


def get(connection: Connection, id_: str) -> Held | None:
    row = connection.execute(select(quarantine).where(quarantine.c.id == id_)).one_or_none()
    return None if row is None else _held(row)


def settle(connection: Connection, id_: str, settlement: Settlement) -> bool:
    """Settle the held entry *id_*; False when it is not held (any more)."""
    done = connection.execute(
        update(quarantine)
        .where(quarantine.c.id == id_, quarantine.c.status == HELD)
        .values(
            status=settlement.status,
            settled_at=to_micros(settlement.at),
            settled_by=settlement.actor,
            settled_reason=settlement.reason,
        )
    )
    return done.rowcount == 1


def _values(held: Held) -> dict[str, Any]:
    return {
        **{name: getattr(held, name) for name in held.__struct_fields__},
        "received_at": to_micros(held.received_at),
        "errors": msgspec.json.encode(held.errors).decode(),
        "settled_at": None,
        "happened_at": optional_micros(held.happened_at),
    }


def _held(row: Row[Any]) -> Held:
    return Held(
        **{
            **row._mapping,  # noqa: SLF001 (the documented way to a row's names)
            "received_at": from_micros(row.received_at),
            "errors": _errors.decode(row.errors),
            "settled_at": optional_instant(row.settled_at),
            "happened_at": optional_instant(row.happened_at),
        }
    )
