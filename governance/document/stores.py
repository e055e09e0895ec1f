"""Governed documents as they stand in the database."""

from typing import Any

from sqlalchemy import Connection, Row, select

from governance.document.governed_document import GovernedDocument, Put
from governance.tables import document
from governance.version import SemanticVersion
from rules.instant import from_micros, to_micros


def save(connection: Connection, put: Put) -> None:
    """Store what `put_document` decided."""
    one = put.document
    if put.created:
        connection.execute(
            document.insert().values(
                kind=one.kind,
                name=one.name,
                version=one.version,
                active=0,
                body=one.body,
                digest=one.digest,
                created_at=to_micros(one.created_at),
                created_by=one.created_by,
            )
        )
    if put.activated:
        activate(connection, one.kind, one.name, one.version)


def activate(connection: Connection, kind: str, name: str, version: str) -> None:
    """Put *version* in force, and whatever was in force out of it."""
    retire(connection, kind, name)
    named = (document.c.kind == kind) & (document.c.name == name)
    connection.execute(
        document.update().where(named, document.c.version == version).values(active=1)
    )


def retire(connection: Connection, kind: str, name: str) -> None:
    """Put whatever version is in force out of it."""
    named = (document.c.kind == kind) & (document.c.name == name)
    connection.execute(document.update().where(named, document.c.active == 1).values(active=0))


def get_document(
    connection: Connection, kind: str, name: str, version: str
) -> GovernedDocument | None:
    row = connection.execute(
        select(document).where(
            document.c.kind == kind, document.c.name == name, document.c.version == version
        )
    ).first()
    return _read(row) if row else None


def get_active(connection: Connection, kind: str, name: str) -> GovernedDocument | None:
    row = connection.execute(
        select(document).where(
            document.c.kind == kind, document.c.name == name, document.c.active == 1
        )
    ).first()
    return _read(row) if row else None


def list_active(connection: Connection, kind: str) -> list[GovernedDocument]:
    """Return every document of *kind* that is in force, by name."""
    query = select(document).where(document.c.kind == kind, document.c.active == 1)
    return [_read(row) for row in connection.execute(query.order_by(document.c.name))]


def list_versions(connection: Connection, kind: str, name: str) -> list[GovernedDocument]:
    """Return every version of a document, the highest first."""
    query = select(document).where(document.c.kind == kind, document.c.name == name)
    found = [_read(row) for row in connection.execute(query)]
    return sorted(found, key=lambda d: SemanticVersion.of(d.version), reverse=True)


def _read(row: Row[Any]) -> GovernedDocument:
    return GovernedDocument(
        kind=row.kind,
        name=row.name,
        version=row.version,
        active=bool(row.active),
        body=row.body,
        digest=row.digest,
        created_at=from_micros(row.created_at),
        created_by=row.created_by,
    )
