"""
A version in shadow is asked about live cases; what it says is compared, and changes nothing.

A case in which either version could not ask a rule is not evaluated: it is never the same.
"""

from datetime import datetime
from typing import Literal

import msgspec

from governance.exception.at_risk import AtRisk
from rules.differing import Difference

Verdict = Literal["same", "differs", "not_evaluated"]


class Shadow(msgspec.Struct, frozen=True, kw_only=True):
    """The version of *ruleset* in shadow, what it is compared with (None: nothing), since when."""

    ruleset: str
    version: str
    against: str | None
    since: datetime


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A case that was judged at *offset*, its clocks read *at*, and is not compared yet."""

    instance: str
    offset: int
    at: datetime


class Comparison(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One case: what the version in shadow says otherwise, and what is at stake by either.

    `difference` is None where the case could not be compared at all, *because* of something.
    """

    instance: str
    case: str
    offset: int
    difference: Difference | None = None
    because: str = ""
    before: AtRisk = msgspec.field(default_factory=AtRisk)
    after: AtRisk = msgspec.field(default_factory=AtRisk)

    @property
    def verdict(self) -> Verdict:
        if self.difference is None or self.difference.incomparable:
            return "not_evaluated"
        return "same" if self.difference.same else "differs"


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison as it travels and is kept; `found` is all of it as JSON, empty when the same."""

    instance: str
    case: str
    offset: int
    verdict: Verdict
    found: str


def note(one: Comparison) -> Noted:
    found = "" if one.verdict == "same" else msgspec.json.encode(one).decode()
    return Noted(
        instance=one.instance, case=one.case, offset=one.offset, verdict=one.verdict, found=found
    )


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What was found by *shadow*; the cases *gone* do not exist any more."""

    shadow: Shadow
    comparisons: tuple[Noted, ...]
    gone: tuple[str, ...] = ()


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Cases by what is known of them; those *waiting* are not compared yet."""

    same: int = 0
    differs: int = 0
    not_evaluated: int = 0
    waiting: int = 0

    @property
    def compared(self) -> int:
        return self.same + self.differs
