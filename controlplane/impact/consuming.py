"""Who reads a contract, as they said or as they were seen, and what of a change touches them."""

from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from controlplane.impact.proposal import Weighed
from governance.contract import stores as contracts
from governance.impact.use import touching
from governance.review import stores as reviews

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Consuming(msgspec.Struct, frozen=True, kw_only=True):
    """
    A system that reads the older version: it said so (`versions` and `uses`), or was seen to.

    `follows`: the range that it reads takes the candidate in, so that it meets it at once.
    `touched` are the changes to what it uses; who does not say what it uses is touched by each.
    """

    system: str
    declared: bool = False
    versions: str = ""
    contact: str = ""
    uses: tuple[str, ...] = ()
    follows: bool = False
    last_at: datetime | None = None
    times: int = 0
    touched: tuple[str, ...] = ()


def consuming(state: Connection, weighed: Weighed) -> list[Consuming]:
    """Return who reads the contract that the proposal is about, by name."""
    one = weighed.proposal
    found: dict[str, Consuming] = {}
    for said in contracts.list_consumers(state, one.contract.subject):
        follows = said.reads(one.number)
        if one.older is None or follows or said.reads(one.older.number):
            found[said.system] = Consuming(
                system=said.system,
                declared=True,
                versions=said.versions,
                contact=said.contact,
                uses=said.uses,
                follows=follows,
            )
    named = (one.contract.subject, one.older.version) if one.older else None
    for seen in reviews.observed(state, *named, since=_EVER) if named else ():
        known = found.get(seen.system, Consuming(system=seen.system))
        found[seen.system] = replace(known, last_at=seen.last_at, times=seen.times)
    return [
        replace(each, touched=tuple(c.place for c in touching(weighed.changes, each.uses)))
        for _, each in sorted(found.items())
    ]
