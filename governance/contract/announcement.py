"""
A version that moves on is told to whoever asked for it.

Only routes that name a label of its own hear, `contract` or `change`: who is told of exceptions,
whatever they are about, is not told of contracts besides.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from governance.contract.catalogue import Contract, Version
from governance.routing import Destination, RoutingTree

TYPE = "contract.changed"
_OWN = ("contract", "change")


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of a version; `consumers` are who declared that they read it, `reviewers` who is
    asked to sign it.
    """

    receiver: str
    contract: str
    version: str
    change: str
    owner: str
    criticality: str
    actor: str
    comment: str
    sunset_at: datetime | None
    successor: str | None
    consumers: tuple[str, ...]
    link: str
    reviewers: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """`ps.rate.agreed 1.0.0 deprecated · finance · until 2026-06-01 · read 2.0.0 instead`."""
        parts = [f"{self.contract} {self.version} {self.change}", self.owner]
        if self.sunset_at:
            parts.append(f"until {self.sunset_at:%Y-%m-%d}")
        if self.successor:
            parts.append(f"read {self.successor} instead")
        return " · ".join(parts)


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent: the same bytes at every attempt."""

    type: str
    timestamp: datetime
    data: Announcement


def labels_of(contract: Contract, change: str) -> dict[str, str]:
    """Return what matchers may name of a contract whose version comes to *change*."""
    return {
        "contract": contract.subject,
        "change": change,
        "owner": contract.owner,
        "domain": contract.domain,
        "criticality": contract.criticality,
        "classification": contract.classification,
    }


def hearing(tree: RoutingTree, labels: Mapping[str, str]) -> list[Destination]:
    """Return who hears of *labels* because they name what is a contract's own."""
    without = {name: value for name, value in labels.items() if name not in _OWN}
    anyway = {one.route for one in tree.route(without)}
    return [one for one in tree.route(dict(labels)) if one.route not in anyway]


def announce(  # noqa: PLR0913 - what became of what, who did it, who reads it, whom it is told
    contract: Contract,
    version: Version,
    change: str,
    *,
    receiver: str,
    consumers: Sequence[str],
    actor: str,
    comment: str,
    at: datetime,
    reviewers: Sequence[str] = (),
) -> Announced:
    data = Announcement(
        receiver=receiver,
        contract=contract.subject,
        version=version.version,
        change=change,
        owner=contract.owner,
        criticality=contract.criticality,
        actor=actor,
        comment=comment,
        sunset_at=version.sunset_at,
        successor=version.successor,
        consumers=tuple(consumers),
        link=f"/v1/contracts/{contract.subject}/versions/{version.version}",
        reviewers=tuple(reviewers),
    )
    return Announced(type=TYPE, timestamp=at, data=data)
