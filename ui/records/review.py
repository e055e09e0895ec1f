"""The review of a version: signatures, remarks, waivers, and who keeps it from being retired."""

from datetime import datetime

import msgspec

from ui.records.contract import Finding
from ui.records.money import Page


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """How many signatures are wanted still; `of`: whose, where somebody was named."""

    quorum: int = 0
    signed: tuple[str, ...] = ()
    lacking: int = 0
    of: tuple[str, ...] = ()


class AskedReview(msgspec.Struct, frozen=True, kw_only=True):
    quorum: int = 0
    reviewers: tuple[str, ...] = ()
    comment: str = ""
    requested_by: str = ""
    requested_at: datetime | None = None


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    steward: str = ""
    comment: str = ""
    at: datetime | None = None


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """`finding`: of which one it is said; empty: of the version whole."""

    finding: str = ""
    text: str = ""
    actor: str = ""
    at: datetime | None = None


class Excused(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    rule: str = ""
    pointer: str = ""
    against: str = ""


class ContractWaiver(msgspec.Struct, frozen=True, kw_only=True):
    """`standing` is asked, active, stale, expired or withdrawn; `because` says why."""

    id: str = ""
    subject: str = ""
    version: str = ""
    owner: str = ""
    findings: tuple[Excused, ...] = ()
    reason: str = ""
    expires_at: datetime | None = None
    asked_by: str = ""
    asked_at: datetime | None = None
    standing: str = ""
    because: str = ""


class ContractWaivers(Page, frozen=True, kw_only=True):
    items: tuple[ContractWaiver, ...] = ()


class Promotion(msgspec.Struct, frozen=True, kw_only=True):
    environment: str = ""
    comment: str = ""
    by: str = ""
    at: datetime | None = None


class Demanded(msgspec.Struct, frozen=True, kw_only=True):
    """What the house asks of versions of the contract."""

    stewards: int = 0
    notice_days: int = 0
    quiet_days: int = 0
    environments: tuple[str, ...] = ()


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """`stranded`: it has nothing else to read."""

    system: str = ""
    versions: str = ""
    contact: str = ""
    stranded: bool = False


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    system: str = ""
    last_at: datetime | None = None
    times: int = 0


class Users(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads a version that is in force: who said so, and who was seen to of late."""

    readers: tuple[Reader, ...] = ()
    observed: tuple[Observed, ...] = ()

    @property
    def stranded(self) -> tuple[str, ...]:
        """Who would be left without it, by name."""
        declared = {one.system for one in self.readers if one.stranded}
        return tuple(sorted(declared | {one.system for one in self.observed}))


class VersionReview(Users, frozen=True, kw_only=True):
    """Everything that decides whether a version goes on; `yours`: it wants the reader's name."""

    lifecycle: str = ""
    owner: str = ""
    author: str = ""
    next: tuple[str, ...] = ()
    review: AskedReview | None = None
    missing: Missing | None = None
    approvals: tuple[Approval, ...] = ()
    remarks: tuple[Remark, ...] = ()
    waivers: tuple[ContractWaiver, ...] = ()
    waived: tuple[str, ...] = ()
    blocking: tuple[Finding, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    demands: Demanded = Demanded()
    yours: bool = False
    names: dict[str, str] = {}

    def named(self, actor: str) -> str:
        return self.names.get(actor, actor)


class WaitingReview(msgspec.Struct, frozen=True, kw_only=True):
    subject: str = ""
    version: str = ""
    title: str = ""
    owner: str = ""
    criticality: str = ""
    author: str = ""
    comment: str = ""
    requested_at: datetime | None = None
    missing: Missing = Missing()
    yours: bool = False
    names: dict[str, str] = {}


class WaitingReviews(Page, frozen=True, kw_only=True):
    items: tuple[WaitingReview, ...] = ()


class Ending(Users, frozen=True, kw_only=True):
    """A deprecated version; `blocked`: somebody would be left without it."""

    subject: str = ""
    version: str = ""
    title: str = ""
    owner: str = ""
    domain: str = ""
    criticality: str = ""
    deprecated_at: datetime | None = None
    sunset_at: datetime | None = None
    successor: str | None = None
    blocked: bool = False


class Endings(Page, frozen=True, kw_only=True):
    items: tuple[Ending, ...] = ()
