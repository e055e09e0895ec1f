"""
A version that is deprecated: until when it stays, and who keeps it from going.

A declared reader is stranded where no other version in force lies in its range.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from governance.contract.catalogue import Consumer, Observed
from governance.version import SemanticVersion


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """A declared reader of a version; `stranded`: it has nothing else to read."""

    system: str
    versions: str
    contact: str
    stranded: bool


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """`blocked`: somebody would be left without it, so that it is not retired."""

    subject: str
    version: str
    title: str
    owner: str
    domain: str
    criticality: str
    deprecated_at: datetime | None
    sunset_at: datetime | None
    successor: str | None
    readers: tuple[Reader, ...]
    observed: tuple[Observed, ...]
    blocked: bool


def readers_of(
    version: SemanticVersion, consumers: Iterable[Consumer], left: Iterable[SemanticVersion]
) -> tuple[Reader, ...]:
    """Return who declared to read *version*; *left* are the other versions in force."""
    others = tuple(left)
    return tuple(
        Reader(
            system=one.system,
            versions=one.versions,
            contact=one.contact,
            stranded=not any(one.reads(number) for number in others),
        )
        for one in consumers
        if one.reads(version)
    )
