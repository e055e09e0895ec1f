"""What a run finds: control totals side by side, and each break with what hangs on it."""

from datetime import datetime
from typing import Literal

import msgspec

from rules.decision import fingerprint
from rules.money import Money

Kind = Literal["missing", "value", "duplicate", "timing"]
KINDS: tuple[Kind, ...] = ("missing", "value", "duplicate", "timing")
Verdict = Literal["reconciled", "breaks", "not_checked"]
_ID_LENGTH = 24


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What the book says of `field`, and what the other side says; None: nothing readable."""

    field: str
    book: str | None
    other: str | None


class Break(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One key that is not as it should be in one side.

    A `timing` break is `of` a kind that it becomes when its grace ends `until`: until then it
    is on its way. `refs` lead to the lines, by side; `money` is what hangs on it, a sum each
    currency.
    """

    kind: Kind
    side: str
    key: tuple[str, ...]
    of: Kind | None = None
    until: datetime | None = None
    differences: tuple[Difference, ...] = ()
    money: tuple[Money, ...] = ()
    refs: dict[str, tuple[str, ...]] = {}
    case: str | None = None
    since: datetime | None = None

    @property
    def name(self) -> str:
        """The key as a person reads it."""
        return " / ".join(self.key)

    @property
    def rule(self) -> str:
        return rule_of(self.of or self.kind, self.side)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The lines and sums of one group on one side; numbers by field, money by field."""

    lines: int = 0
    numbers: dict[str, str] = {}
    money: dict[str, tuple[Money, ...]] = {}


class Unequal(msgspec.Struct, frozen=True, kw_only=True):
    """A group whose control totals differ between sides."""

    group: tuple[str, ...]
    sides: dict[str, Group]


class SideFound(msgspec.Struct, frozen=True, kw_only=True):
    """
    One side as it was read: `watermark` says up to when it is complete, `digest` what it said.

    `unchecked` says why nothing was held against it; `nameless` lines named no key.
    """

    side: str
    watermark: datetime | None = None
    digest: str = ""
    total: Group = msgspec.field(default_factory=Group)
    nameless: int = 0
    unchecked: str | None = None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Keys of one other side against the book."""

    matched: int = 0
    missing: int = 0
    value: int = 0
    duplicate: int = 0
    timing: int = 0


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a run came to, its breaks left out.

    `checked` are the rules (kind and side) that were asked; `unlisted` are breaks beyond what
    one run lists, `cut_off` is the moment up to which both sides are known.
    """

    verdict: Verdict
    because: str = ""
    cut_off: datetime | None = None
    sides: tuple[SideFound, ...] = ()
    counts: dict[str, Counts] = {}
    groups: int = 0
    unequal_groups: int = 0
    unequal: tuple[Unequal, ...] = ()
    buckets: int = 0
    opened_buckets: int = 0
    checked: tuple[str, ...] = ()
    unlisted: int = 0

    @property
    def inputs(self) -> str:
        """A digest of what was read: the same inputs are found to be the same."""
        said = [f"{one.side}={one.digest or one.unchecked}" for one in self.sides]
        return fingerprint("inputs", *said)


class Finding(Summary, frozen=True, kw_only=True):
    """What a run came to, with its breaks."""

    breaks: tuple[Break, ...] = ()

    @property
    def result(self) -> str:
        """A digest of the breaks."""
        return fingerprint("breaks", msgspec.json.encode(self.breaks).decode())


def rule_of(kind: Kind, side: str) -> str:
    """`missing-in-erp`."""
    return f"{kind}-in-{side}"


def break_id(reconciliation: str, one: Break) -> str:
    return fingerprint("break", reconciliation, one.rule, *one.key)[:_ID_LENGTH]
