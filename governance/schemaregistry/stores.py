"""Subjects, versions and schemas of the schema registry as they stand in the database."""

from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, Integer, Row, Select, func, select

from governance.schemaregistry.naming import plain
from governance.schemaregistry.referring import Resolve
from governance.schemaregistry.schema import Reference, Registered, Schema
from governance.schemaregistry.tables import (
    registry_reference,
    registry_schema,
    registry_subject,
    registry_version,
)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A schema under its global id."""

    id: int
    guid: str
    schema: Schema


def kept_by_id(connection: Connection, id_: int) -> Kept | None:
    return _kept(connection, select(registry_schema).where(registry_schema.c.id == id_))


def kept_by_guid(connection: Connection, guid: str) -> Kept | None:
    return _kept(connection, select(registry_schema).where(registry_schema.c.guid == guid))


def kept_by_key(connection: Connection, key: str) -> Kept | None:
    return _kept(connection, select(registry_schema).where(registry_schema.c.key == key))


def last_id(connection: Connection) -> int:
    return connection.execute(select(func.max(registry_schema.c.id))).scalar() or 0


def keep(connection: Connection, schema: Schema, *, context: str, id_: int | None = None) -> Kept:
    """Return *schema* under its id: the one that it has, *id_*, or the next."""
    known = kept_by_key(connection, schema.key)
    if known is not None:
        return known
    id_ = last_id(connection) + 1 if id_ is None else id_
    connection.execute(
        registry_schema.insert().values(
            id=id_,
            key=schema.key,
            guid=schema.guid,
            type=schema.type,
            text=schema.text,
            compiled=schema.compiled,
            references=msgspec.json.encode(schema.references).decode(),
            beside=msgspec.json.encode(schema.beside).decode(),
        )
    )
    for subject, version in {(plain(o.subject, context), o.version) for o in schema.references}:
        connection.execute(
            registry_reference.insert().values(schema_id=id_, subject=subject, version=version)
        )
    return Kept(id=id_, guid=schema.guid, schema=schema)


def add_version(connection: Connection, one: Registered) -> None:
    connection.execute(
        registry_version.insert().values(
            subject=one.subject,
            version=one.version,
            schema_id=one.id,
            contract=one.contract,
            contract_version=one.contract_version,
            deleted=one.deleted,
        )
    )


def delete_softly(connection: Connection, one: Registered) -> None:
    connection.execute(registry_version.update().where(*_is(one)).values(deleted=True))


def delete_for_good(connection: Connection, one: Registered) -> None:
    """The subject's number is free again; the id and the contract's version never are."""
    connection.execute(registry_version.delete().where(*_is(one)))


def contract_of(connection: Connection, subject: str, type_: str) -> str | None:
    query = select(registry_subject.c.contract).where(
        registry_subject.c.subject == subject, registry_subject.c.type == type_
    )
    return connection.execute(query).scalar()


def add_subject(connection: Connection, subject: str, type_: str, contract: str) -> None:
    values = {"subject": subject, "type": type_, "contract": contract}
    connection.execute(registry_subject.insert().values(**values))


def versions(connection: Connection, subject: str) -> list[Registered]:
    """Return every version of *subject*, deleted softly or not, the oldest first."""
    query = _joined().where(registry_version.c.subject == subject)
    return _read(connection, query)


def versions_of_schema(connection: Connection, id_: int) -> list[Registered]:
    return _read(connection, _joined().where(registry_version.c.schema_id == id_))


def subjects(connection: Connection) -> list[tuple[str, bool]]:
    """Return each subject, and whether nothing of it is left but what was deleted softly."""
    alive = func.min(registry_version.c.deleted.cast(Integer))
    query = select(registry_version.c.subject, alive.label("gone")).group_by(
        registry_version.c.subject
    )
    found = connection.execute(query.order_by(registry_version.c.subject))
    return [(row.subject, bool(row.gone)) for row in found]


def referring(connection: Connection, subject: str, version: int) -> list[int]:
    """Return the ids of the schemas in use that refer to *version* of *subject*."""
    query = (
        select(registry_reference.c.schema_id)
        .join(registry_version, registry_version.c.schema_id == registry_reference.c.schema_id)
        .where(registry_reference.c.subject == subject, registry_reference.c.version == version)
        .where(registry_version.c.deleted.is_(False))
        .distinct()
        .order_by(registry_reference.c.schema_id)
    )
    return list(connection.execute(query).scalars())


def every(connection: Connection) -> list[Registered]:
    return _read(connection, _joined())


def resolver(connection: Connection, context: str) -> Resolve:
    """Return who finds what is referred to from within *context*, deleted softly or not."""
    return partial(_resolve, connection, context)


def _resolve(connection: Connection, context: str, one: Reference) -> Schema | None:
    query = _joined().where(
        registry_version.c.subject == plain(one.subject, context),
        registry_version.c.version == one.version,
    )
    found = _read(connection, query)
    return found[0].schema if found else None


def _joined() -> Select[Any]:
    return (
        select(registry_version, registry_schema)
        .join(registry_schema, registry_schema.c.id == registry_version.c.schema_id)
        .order_by(registry_version.c.subject, registry_version.c.version)
    )


def _read(connection: Connection, query: Select[Any]) -> list[Registered]:
    return [
        Registered(
            subject=row.subject,
            version=row.version,
            id=row.id,
            guid=row.guid,
            schema=_schema(row),
            contract=row.contract,
            contract_version=row.contract_version,
            deleted=row.deleted,
        )
        for row in connection.execute(query)
    ]


def _kept(connection: Connection, query: Select[Any]) -> Kept | None:
    row = connection.execute(query).first()
    return Kept(id=row.id, guid=row.guid, schema=_schema(row)) if row else None


def _schema(row: Row[Any]) -> Schema:
    return Schema(
        type=row.type,
        text=row.text,
        compiled=row.compiled,
        references=msgspec.json.decode(row.references, type=tuple[Reference, ...]),
        beside=msgspec.json.decode(row.beside),
    )


def _is(one: Registered) -> tuple[Any, Any]:
    return registry_version.c.subject == one.subject, registry_version.c.version == one.version
