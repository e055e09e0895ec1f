"""Contracts, versions and consumers as they stand in the database."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, func, or_, select

from governance.contract.catalogue import IN_FORCE, Consumer, Contract, Version
from governance.contract.finding import Finding
from governance.contract.ownership import Tenure, first
from governance.contract.packing import packed, unpacked
from governance.contract.published import PublishedContracts, PublishedVersion
from governance.tables import consumer, contract, contract_owner, contract_version
from governance.version import SemanticVersion
from rules.instant import from_micros, optional_instant, optional_micros, to_micros


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the catalogue: the contract and how its versions stand."""

    contract: Contract
    versions: dict[str, str]  # version → lifecycle
    consumers: int


def add_contract(connection: Connection, one: Contract) -> None:
    """Store *one*, and its owner as the first."""
    values = msgspec.structs.asdict(one) | {"created_at": to_micros(one.created_at)}
    connection.execute(contract.insert().values(**values))
    save_owner(connection, first(one))


def save_owner(connection: Connection, one: Tenure) -> None:
    """Store that a subject has its first or another owner."""
    values = msgspec.structs.asdict(one) | {"since": to_micros(one.since)}
    connection.execute(contract_owner.insert().values(**values))
    connection.execute(
        contract.update().where(contract.c.subject == one.subject).values(owner=one.owner)
    )


def list_owners(connection: Connection, subject: str) -> list[Tenure]:
    """Return who answered for *subject*, the first first."""
    query = select(contract_owner).where(contract_owner.c.subject == subject)
    return [
        Tenure(**dict(row._mapping) | {"since": from_micros(row.since)})  # noqa: SLF001 - as below
        for row in connection.execute(query.order_by(contract_owner.c.number))
    ]


def add_version(connection: Connection, one: Version) -> None:
    values = msgspec.structs.asdict(one) | {
        "artifact": packed(one.artifact),
        "findings": msgspec.json.encode(one.findings).decode(),
        "created_at": to_micros(one.created_at),
        "published_at": optional_micros(one.published_at),
        "deprecated_at": optional_micros(one.deprecated_at),
        "sunset_at": optional_micros(one.sunset_at),
    }
    connection.execute(contract_version.insert().values(**values))


def save_lifecycle(connection: Connection, one: Version) -> None:
    """Store where *one* stands in its lifecycle; nothing else of a version ever changes."""
    connection.execute(
        contract_version.update()
        .where(contract_version.c.subject == one.subject, contract_version.c.version == one.version)
        .values(
            lifecycle=one.lifecycle,
            published_at=optional_micros(one.published_at),
            deprecated_at=optional_micros(one.deprecated_at),
            sunset_at=optional_micros(one.sunset_at),
            successor=one.successor,
        )
    )


def save_consumer(connection: Connection, one: Consumer) -> None:
    key = (consumer.c.subject == one.subject) & (consumer.c.system == one.system)
    values = msgspec.structs.asdict(one) | {
        "declared_at": to_micros(one.declared_at),
        "uses": msgspec.json.encode(one.uses).decode(),
    }
    if not connection.execute(consumer.update().where(key).values(**values)).rowcount:
        connection.execute(consumer.insert().values(**values))


def get_contract(connection: Connection, subject: str) -> Contract | None:
    row = connection.execute(select(contract).where(contract.c.subject == subject)).first()
    return _contract(row) if row else None


def get_version(connection: Connection, subject: str, version: str) -> Version | None:
    row = connection.execute(
        select(contract_version).where(
            contract_version.c.subject == subject, contract_version.c.version == version
        )
    ).first()
    return _version(row) if row else None


def list_versions(connection: Connection, subject: str) -> list[Version]:
    """Return every version of *subject*, the highest first."""
    query = select(contract_version).where(contract_version.c.subject == subject)
    found = [_version(row) for row in connection.execute(query)]
    return sorted(found, key=lambda one: one.number, reverse=True)


def newest(connection: Connection) -> Iterator[tuple[Contract, Version]]:
    """Yield every contract that has a version with its newest one, by subject."""
    query = select(contract).order_by(contract.c.subject)
    for one in [_contract(row) for row in connection.execute(query)]:
        numbered = contract_version.c.subject == one.subject
        numbers = connection.scalars(select(contract_version.c.version).where(numbered))
        highest = max(numbers, key=SemanticVersion.of, default=None)
        found = get_version(connection, one.subject, highest) if highest is not None else None
        if found is not None:
            yield one, found


def list_consumers(connection: Connection, subject: str) -> list[Consumer]:
    query = select(consumer).where(consumer.c.subject == subject).order_by(consumer.c.system)
    return [_consumer(row) for row in connection.execute(query)]


def every_consumer(connection: Connection) -> list[Consumer]:
    """Return the declared consumers of every contract, by subject and system."""
    query = select(consumer).order_by(consumer.c.subject, consumer.c.system)
    return [_consumer(row) for row in connection.execute(query)]


def list_contracts(  # noqa: PLR0913 - one argument a query parameter of the catalogue
    connection: Connection,
    *,
    owner: str | None = None,
    domain: str | None = None,
    status: str | None = None,
    format_: str | None = None,
    q: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[Listed]:
    """
    Return the catalogue by subject, beginning behind the subject *after*.

    *status* is a lifecycle that some version stands in, or `none` for contracts without
    versions; *q* is looked for in subject, title, system, domain and owner.
    """
    query = select(contract).order_by(contract.c.subject).limit(limit)
    for column, wanted in (
        (contract.c.owner, owner),
        (contract.c.domain, domain),
        (contract.c.format, format_),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if after is not None:
        query = query.where(contract.c.subject > after)
    query = _matching(_standing(query, status), q)
    found = [_contract(row) for row in connection.execute(query)]
    return _with_counts(connection, found)


def published(connection: Connection) -> PublishedContracts:
    """Return every version in force, with its artifact and owner."""
    held: dict[str, list[PublishedVersion]] = defaultdict(list)
    query = (
        select(contract_version, contract.c.format, contract.c.owner)
        .join(contract, contract.c.subject == contract_version.c.subject)
        .where(contract_version.c.lifecycle.in_(IN_FORCE))
        .order_by(contract_version.c.subject, contract_version.c.version)
    )
    for row in connection.execute(query):
        held[row.subject].append(
            PublishedVersion(
                subject=row.subject,
                version=row.version,
                format=row.format,
                media_type=row.media_type,
                artifact=unpacked(row.artifact),
                owner=row.owner,
                deprecated=row.lifecycle == "deprecated",
                deprecated_at=optional_instant(row.deprecated_at),
                sunset_at=optional_instant(row.sunset_at),
                successor=row.successor,
            )
        )
    owners = connection.execute(select(contract.c.subject, contract.c.owner))
    return PublishedContracts(
        versions={
            subject: tuple(sorted(ones, key=lambda one: one.rank, reverse=True))
            for subject, ones in held.items()
        },
        owners={row.subject: row.owner for row in owners},
    )


def _standing(query: Select[Any], status: str | None) -> Select[Any]:
    versions = select(contract_version.c.subject)
    if status is None:
        return query
    if status == "none":
        return query.where(contract.c.subject.not_in(versions))
    return query.where(
        contract.c.subject.in_(versions.where(contract_version.c.lifecycle == status))
    )


def _matching(query: Select[Any], q: str | None) -> Select[Any]:
    if not q:
        return query
    wanted = q.lower()
    return query.where(
        or_(
            *(
                func.lower(column).contains(wanted, autoescape=True)
                for column in (
                    contract.c.subject,
                    contract.c.title,
                    contract.c.system,
                    contract.c.domain,
                    contract.c.owner,
                )
            )
        )
    )


def _with_counts(connection: Connection, found: list[Contract]) -> list[Listed]:
    subjects = [one.subject for one in found]
    versions: dict[str, dict[str, str]] = defaultdict(dict)
    standing = select(
        contract_version.c.subject, contract_version.c.version, contract_version.c.lifecycle
    ).where(contract_version.c.subject.in_(subjects))
    for row in connection.execute(standing.order_by(contract_version.c.created_at)):
        versions[row.subject][row.version] = row.lifecycle
    counted = (
        select(consumer.c.subject, func.count().label("systems"))
        .where(consumer.c.subject.in_(subjects))
        .group_by(consumer.c.subject)
    )
    systems = {row.subject: row.systems for row in connection.execute(counted)}
    return [
        Listed(
            contract=one,
            versions=versions[one.subject],
            consumers=systems.get(one.subject, 0),
        )
        for one in found
    ]


def _contract(row: Row[Any]) -> Contract:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to read by name
    return Contract(**values | {"created_at": from_micros(row.created_at)})


def _version(row: Row[Any]) -> Version:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to read by name
    return Version(
        **values
        | {
            "artifact": unpacked(row.artifact),
            "findings": msgspec.json.decode(row.findings, type=tuple[Finding, ...]),
            "created_at": from_micros(row.created_at),
            "published_at": optional_instant(row.published_at),
            "deprecated_at": optional_instant(row.deprecated_at),
            "sunset_at": optional_instant(row.sunset_at),
        }
    )


def _consumer(row: Row[Any]) -> Consumer:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to read by name
    return Consumer(
        **values
        | {
            "declared_at": from_micros(row.declared_at),
            "uses": msgspec.json.decode(row.uses, type=tuple[str, ...]),
        }
    )
