"""Integrations as they stand in the database."""

from datetime import date

import msgspec
from sqlalchemy import Connection, select

from governance.integration.integration import Integration
from governance.integration.tables import integration
from rules.instant import from_micros, to_micros


def save(connection: Connection, one: Integration) -> None:
    key = (integration.c.subject == one.subject) & (integration.c.consumer == one.consumer)
    values = msgspec.structs.asdict(one) | {
        "declared_at": to_micros(one.declared_at),
        "support_ends": one.support_ends.isoformat() if one.support_ends else None,
    }
    connection.execute(integration.delete().where(key))
    connection.execute(integration.insert().values(**values))


def list_integrations(connection: Connection) -> list[Integration]:
    """Return what was said of every flow."""
    found = []
    for row in connection.execute(select(integration)):
        values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to read by name
        ends = date.fromisoformat(row.support_ends) if row.support_ends else None
        told = {"declared_at": from_micros(row.declared_at), "support_ends": ends}
        found.append(Integration(**values | told))
    return found
