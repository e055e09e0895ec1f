"""
A correction is what took back, or added, what had been said of the past.

Its figures are signed: money that is no longer at risk is negative.
"""

from datetime import datetime
from typing import Literal

import msgspec

from governance.exception.at_risk import AtRisk
from rules.decision import fingerprint
from rules.money import Money

Kind = Literal["evidence", "retraction", "alias", "definition"]
Changed = Literal["breach-withdrawn", "breach-added", "exception-ended", "exception-opened"]
UNDOES: dict[Changed, Changed] = {
    "breach-withdrawn": "breach-added",
    "breach-added": "breach-withdrawn",
    "exception-ended": "exception-opened",
    "exception-opened": "exception-ended",
}
_ID_LENGTH = 20


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What a correction is made for: an event, keys or a document as *subject*; `at` it began."""

    kind: Kind
    subject: str
    because: str
    actor: str
    at: datetime
    offset: int

    @property
    def id(self) -> str:
        parts = (self.kind, str(self.offset), self.subject, self.because, self.actor)
        return fingerprint("correction", *parts)[:_ID_LENGTH]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """
    One breach or exception that a correction changed. `name` is the objective's or the rule's;
    `before` and `after` are states of the clock or the exception, empty where there was none.
    """

    change: Changed
    process: str
    instance: str
    case_key: str
    name: str
    object: str
    before: str
    after: str
    exception: str | None = None
    amount: Money | None = None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What judging *cases* anew changed, and by how much money at risk moved."""

    cases: int = 0
    members: tuple[Member, ...] = ()
    money: AtRisk = AtRisk()

    def count(self, change: Changed) -> int:
        return sum(1 for one in self.members if one.change == change)


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """`cases` were judged anew; `ended_at` is null while pieces of it are still to come."""

    id: str
    kind: Kind
    subject: str
    because: str
    actor: str
    begun_at: datetime
    ended_at: datetime | None
    cases: int
    members: int
    breaches_withdrawn: int
    breaches_added: int
    exceptions_ended: int
    exceptions_opened: int
    money: AtRisk
