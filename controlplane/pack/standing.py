"""
The parts of a pack against what is registered under the same names and versions.

What is registered never changes under its version: a pack that says something else is
refused before the first of its parts is sent.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from controlplane.pack.part import ARTIFACT, SUBJECT, Difference, Part
from governance.contract import stores as contracts
from governance.contract.catalogue import register
from governance.document import stores as documents
from rules.refusal import Refusal


def differences(connection: Connection, parts: Iterable[Part]) -> Iterator[Difference]:
    """Yield those of *parts* that are registered with something else."""
    judges = {SUBJECT: _subject, ARTIFACT: _artifact}
    for one in parts:
        detail = judges.get(one.kind, _document)(connection, one)
        if detail is not None:
            yield Difference(kind=one.kind, name=one.name, version=one.version, detail=detail)


def _subject(connection: Connection, part: Part) -> str | None:
    standing = contracts.get_contract(connection, part.name)
    if standing is None:
        return None
    teams = [str(part.properties.get("owner"))]  # teams are sent before contracts
    decided = register(
        standing, part.properties, teams=teams, actor=standing.created_by, at=standing.created_at
    )
    if isinstance(decided, Refusal):
        return f"{decided.detail} What a subject was registered with stays."
    return None


def _artifact(connection: Connection, part: Part) -> str | None:
    standing = contracts.get_version(connection, part.name, part.version)
    if standing is None or standing.digest == part.digest:
        return None
    return (
        f"{part.name} {part.version} is registered with other bytes; "
        "put what is new under a higher version."
    )


def _document(connection: Connection, part: Part) -> str | None:
    standing = documents.get_document(connection, part.kind, part.name, part.version)
    if standing is None or standing.digest == part.digest:
        return None
    return (
        f"{part.kind} {part.name} {part.version} is registered with another text; "
        "raise its `version`."
    )
