"""How a subject of the schema registry stands among our contracts, and a schema among versions."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from governance.contract.catalogue import Compatibility, Contract, Version
from governance.schemaregistry.checking import Readable
from governance.schemaregistry.schema import FORMATS, Schema

UNASSIGNED = "unassigned"
_LONGEST_TITLE = 200


def contract_for(  # noqa: PLR0913 - what a contract says of itself, who registers it and when
    name: str,
    schema: Schema,
    *,
    title: str,
    owner: str,
    system: str,
    compatibility: Compatibility,
    actor: str,
    at: datetime,
) -> Contract:
    """Return the contract *name* for what its clients call *title*."""
    return Contract(
        subject=name,
        kind="event",
        format=FORMATS[schema.type],
        domain=UNASSIGNED,
        owner=owner or UNASSIGNED,
        system=system,
        classification="internal",
        compatibility=compatibility,
        criticality="medium",
        title=title[:_LONGEST_TITLE],
        residency="",
        created_at=at,
        created_by=actor,
    )


def version_for(
    contract: Contract,
    readable: Readable,
    existing: Sequence[Version],
    *,
    actor: str,
    at: datetime,
) -> Version:
    """
    Return *readable* as a published version: the next major one, so 1.0.0 for the first.

    Numbers of the registry promise nothing, so neither does a minor number here.
    """
    major = max((one.number.major for one in existing), default=0) + 1
    return Version(
        subject=contract.subject,
        version=f"{major}.0.0",
        lifecycle="published",
        media_type=readable.media_type,
        digest=hashlib.sha256(readable.content).hexdigest(),
        artifact=readable.content,
        created_at=at,
        created_by=actor,
        published_at=at,
    )
