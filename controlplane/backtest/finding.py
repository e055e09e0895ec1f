"""
What a backtest finds: what would be open if the candidate were in force now, and what history
would have had if it always had been.

Money is three figures that are never added, before and after; a line that two rules hold up
counts once in the whole, so the figures of rules or of teams are not to be summed.
"""

from datetime import datetime
from typing import Literal

import msgspec

from governance.exception.at_risk import AtRisk
from rules.decision import Evidence
from rules.money import Money

Kind = Literal["opened", "closed", "changed", "added", "removed", "altered"]
"""What becomes of what stands: opened, closed, changed; of history: added, removed, altered."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """
    `not_evaluated` counts those of which a rule could not be asked by either version: they are
    never counted as unchanged, though other rules of them may have changed.
    """

    compared: int = 0
    changed: int = 0
    not_evaluated: int = 0


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """Money at risk of the cases that change."""

    before: AtRisk
    after: AtRisk


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Exceptions that putting the candidate in force would open, close and amend."""

    opened: int = 0
    closed: int = 0
    changed: int = 0
    money: Moved


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """
    Exceptions that history would have had besides, would not have had, and would have had
    otherwise; the money is what each held at the last moment at which it stood.
    """

    added: int = 0
    removed: int = 0
    altered: int = 0
    money: Moved


class ByRule(msgspec.Struct, frozen=True, kw_only=True):
    rule: str
    standing: Standing
    history: Past


class ByTeam(msgspec.Struct, frozen=True, kw_only=True):
    """`team` is null where nobody answers for the exception."""

    team: str | None
    standing: Standing
    history: Past


class Word(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one version says of an occurrence: that it is broken, or why it is not."""

    broken: bool
    reason: str
    severity: str = ""
    owner: str | None = None
    blocked: Money | None = None
    exposure: Money | None = None
    delayed: Money | None = None
    delayed_since: datetime | None = None
    evidence: tuple[Evidence, ...] = ()


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """
    One exception that differs, and what each version says of it at `at`.

    For history, `at` is the first moment at which the versions differ about it.
    """

    kind: Kind
    exception: str
    rule: str
    occurrence: str
    instance: str
    case: str
    title: str
    at: datetime
    before: Word
    after: Word


class Unevaluated(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that `version` could not ask of `cases` cases, for `reason`, and one of those."""

    version: str
    rule: str
    reason: str
    cases: int
    because: str
    instance: str
    case: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """
    `decisions` are the moments at which facts that a differing rule looks at were others than
    before. `gone` are cases that became part of another one meanwhile: nothing is said of them.
    """

    cases: Compared
    decisions: Compared
    standing: Standing
    history: Past | None
    rules: list[ByRule]
    teams: list[ByTeam]
    samples: list[Sample]
    unevaluated: list[Unevaluated]
    gone: int = 0
