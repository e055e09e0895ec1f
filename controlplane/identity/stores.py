"""API keys as they stand in the state, and those that still wait in the log."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from controlplane.identity.key import ApiKey, requested
from controlplane.identity.role import Role
from controlplane.pipeline.command import COMMAND_SOURCE, Command, read_command
from controlplane.tables import api_key
from observability.log.entry import COMMAND
from observability.log.stores import last_offset
from observability.tables import log_entry
from rules.instant import from_micros, optional_instant, to_micros


def get_key(connection: Connection, id_: str) -> ApiKey | None:
    row = connection.execute(select(api_key).where(api_key.c.id == id_)).one_or_none()
    return _read(row) if row else None


def add(connection: Connection, key: ApiKey) -> None:
    connection.execute(
        insert(api_key).values(
            id=key.id,
            hash=key.hash,
            name=key.name,
            role=key.role,
            sources=msgspec.json.encode(key.sources).decode(),
            created_at=to_micros(key.created_at),
            expires_at=to_micros(key.expires_at) if key.expires_at else None,
        )
    )


def revoke(connection: Connection, id_: str, *, at: datetime) -> None:
    """Close the door for the key *id_*; a key that is revoked already keeps its time."""
    connection.execute(
        update(api_key)
        .where(api_key.c.id == id_, api_key.c.revoked_at.is_(None))
        .values(revoked_at=to_micros(at))
    )


def list_keys(connection: Connection) -> list[ApiKey]:
    """Return every key, revoked and expired ones too, the newest first."""
    query = select(api_key).order_by(api_key.c.created_at.desc(), api_key.c.id)
    return [_read(row) for row in connection.execute(query)]


def any_live(connection: Connection, *, at: datetime) -> bool:
    """Whether at least one key opens the door."""
    return any(one.live(at=at) for one in list_keys(connection))


def commands_after(log: Connection, offset: int) -> tuple[list[Command], int]:
    """
    Return the commands behind *offset*, and the last offset that the log has.

    What cannot be read is left out: the worker passes it over and names it.
    """
    last = last_offset(log)
    c = log_entry.c
    query = select(c.payload).where(c.offset > offset, c.offset <= last, c.kind == COMMAND)
    found = log.execute(query.order_by(c.offset)).scalars()
    return _readable(found), last


def any_waiting(log: Connection, *, at: datetime) -> bool:
    """Whether the log holds a key that the worker has perhaps not come to yet."""
    live: set[str] = set()
    query = select(log_entry.c.payload).where(log_entry.c.source == COMMAND_SOURCE)
    for command in _readable(log.execute(query.order_by(log_entry.c.offset)).scalars()):
        with suppress(KeyError, ValueError):  # nobody can use what nobody can read
            if command.name == "key:revoke":
                live.discard(command.body["id"])
            elif command.name == "key:create":
                key = requested(command.body, at=command.at)
                live |= {key.id} if key.live(at=at) else set()
    return bool(live)


def _readable(payloads: Iterable[bytes]) -> list[Command]:
    return [command for payload in payloads if (command := read_command(payload)) is not None]


def _read(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        hash=row.hash,
        name=row.name,
        role=Role(row.role),
        sources=msgspec.json.decode(row.sources, type=tuple[str, ...]),
        created_at=from_micros(row.created_at),
        expires_at=optional_instant(row.expires_at),
        revoked_at=optional_instant(row.revoked_at),
    )
