"""Governed documents as they stand in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, select

from governance.document.governed_document import GovernedDocument, Put, State
from governance.tables import document
from governance.version import SemanticVersion
from rules.instant import from_micros, optional_instant, optional_micros, to_micros


def save(connection: Connection, put: Put) -> None:
    """Store what `put_document` decided."""
    one = put.document
    if put.created:
        connection.execute(
            document.insert().values(
                kind=one.kind,
                name=one.name,
                version=one.version,
                body=one.body,
                digest=one.digest,
                created_at=to_micros(one.created_at),
                created_by=one.created_by,
                **_standing(one),
            )
        )
    if put.activated:
        move(connection, one)


def move(connection: Connection, one: GovernedDocument) -> None:
    """Let the version stand as *one* says; what is in force goes out of it when *one* comes."""
    if one.active:
        retire(connection, one.kind, one.name, by=one.changed_by, at=one.changed_at)
    mine = _named(one.kind, one.name) & (document.c.version == one.version)
    connection.execute(document.update().where(mine).values(**_standing(one)))


def retire(connection: Connection, kind: str, name: str, *, by: str, at: datetime) -> None:
    """Put whatever version is in force out of it."""
    standing = _named(kind, name) & (document.c.state == "active")
    values = {"state": "retired", "changed_at": to_micros(at), "changed_by": by}
    connection.execute(document.update().where(standing).values(**values))


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
            document.c.kind == kind, document.c.name == name, document.c.state == "active"
        )
    ).first()
    return _read(row) if row else None


def list_active(connection: Connection, kind: str) -> list[GovernedDocument]:
    """Return every document of *kind* that is in force, by name."""
    return list_standing(connection, kind, "active")


def list_standing(connection: Connection, kind: str, state: State) -> list[GovernedDocument]:
    """Return every version of *kind* in *state*, by name, the highest first."""
    query = select(document).where(document.c.kind == kind, document.c.state == state)
    found = [_read(row) for row in connection.execute(query)]
    highest = sorted(found, key=lambda d: SemanticVersion.of(d.version), reverse=True)
    return sorted(highest, key=lambda d: d.name)


def list_editions(connection: Connection, kind: str, name: str) -> list[GovernedDocument]:
    """Return every version that was ever in force, the last to come in force first."""
    query = select(document).where(_named(kind, name), document.c.in_force_at.is_not(None))
    found = [_read(row) for row in connection.execute(query)]
    return sorted(found, key=lambda d: (d.in_force_at or d.changed_at, d.version), reverse=True)


def list_versions(connection: Connection, kind: str, name: str) -> list[GovernedDocument]:
    """Return every version of a document, the highest first."""
    query = select(document).where(document.c.kind == kind, document.c.name == name)
    found = [_read(row) for row in connection.execute(query)]
    return sorted(found, key=lambda d: SemanticVersion.of(d.version), reverse=True)


def _named(kind: str, name: str) -> ColumnElement[bool]:
    return and_(document.c.kind == kind, document.c.name == name)


def _standing(one: GovernedDocument) -> dict[str, Any]:
    return {
        "state": one.state,
        "changed_at": to_micros(one.changed_at),
        "changed_by": one.changed_by,
        "in_force_at": optional_micros(one.changed_at if one.active else one.in_force_at),
        "signed_by": one.signed_by,
        "supersedes": one.supersedes,
    }


def _read(row: Row[Any]) -> GovernedDocument:
    return GovernedDocument(
        kind=row.kind,
        name=row.name,
        version=row.version,
        body=row.body,
        digest=row.digest,
        created_at=from_micros(row.created_at),
        created_by=row.created_by,
        changed_at=from_micros(row.changed_at),
        changed_by=row.changed_by,
        state=row.state,
        in_force_at=optional_instant(row.in_force_at),
        signed_by=row.signed_by,
        supersedes=row.supersedes,
    )
