"""Who reads a contract, as they said or as they were seen, and what of a change touches them."""

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from controlplane.conformance.reading import seen_after
from controlplane.impact.proposal import Weighed
from governance.contract import stores as contracts
from governance.impact.use import touching


class Consuming(msgspec.Struct, frozen=True, kw_only=True):
    """
    A system that reads the older version: it said so (`versions` and `uses`), or was `seen` so
    often to go on with what an event of the contract told.

    `follows`: the range that it reads takes the candidate in, so that it meets it at once.
    `touched` are the changes to what it uses; who does not say what it uses is touched by each.
    """

    system: str
    declared: bool = False
    versions: str = ""
    contact: str = ""
    uses: tuple[str, ...] = ()
    follows: bool = False
    seen: int = 0
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
    subject = one.contract.subject
    for system, times in seen_after(state, [subject]).get(subject, {}).items():
        if times and system != one.contract.system:
            known = found.get(system, Consuming(system=system))
            found[system] = replace(known, seen=times)
    return [
        replace(each, touched=tuple(c.place for c in touching(weighed.changes, each.uses)))
        for _, each in sorted(found.items())
    ]
