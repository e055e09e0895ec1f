"""API keys as they stand in the state, and those that still wait in the log."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from controlplane.identity.key import ApiKey
from controlplane.identity.role import Role
from controlplane.tables import api_key
from rules.instant import from_micros, optional_instant


def get_key(connection: Connection, id_: str) -> ApiKey | None:
    row = connection.execute(select(api_key).where(api_key.c.id == id_)).one_or_none()
    return _read(row) if row else None


def list_keys(connection: Connection) -> list[ApiKey]:
    """Return every key, revoked and expired ones too, the newest first."""
    query = select(api_key).order_by(api_key.c.created_at.desc(), api_key.c.id)
    return [_read(row) for row in connection.execute(query)]


def any_live(connection: Connection, *, at: datetime) -> bool:
    """Whether at least one key opens the door."""
    return any(one.live(at=at) for one in list_keys(connection))


def _read(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        hash=row.hash,
        name=row.name,
        role=Role(row.role),
        created_at=from_micros(row.created_at),
        expires_at=optional_instant(row.expires_at),
        revoked_at=optional_instant(row.revoked_at),
    )
