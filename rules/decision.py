"""
A decision is what a rule set said about a case: rules asked, rules that held, and why.

A rule that could not be asked stands in `not_evaluated`; it never counts as quiet.
"""

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from rules.money import Money

Hindrance = Literal[
    "unsound-rule",  # it does not fit the facts of its process
    "mistyped-datum",
    "inexact-amount",  # larger or finer than can be worked out exactly
    "too-many-combinations",
    "applicability-unknown",
    "ambiguous-table",  # several rows hold where one may
    "mixed-currencies",  # what it says is at stake has no one currency
    "engine-refused",
    "process-died",  # engine and reference each ended a rule process
    "evaluations-differ",
    "fact-not-given",  # it was asked about facts that may not be all
]
Alone = Literal["starting", "late", "died", "quarantined"]
Value = str | int | bool | Decimal | Money | date | datetime | timedelta | list[str] | list[int]


class Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    What may be looked at: one typed thing with an id and its present fields.

    A field that is not known is absent from `values`, never None. `event` is
    `source/id` of the event that last described it, for the way back to the trace.
    """

    type: str
    id: str
    values: dict[str, Value]
    event: str | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One datum that a firing rests on, as a person reads it."""

    label: str
    value: str
    fact_type: str
    fact_id: str
    field: str
    event: str | None = None


class Firing(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """
    A rule that held. `occurrence` tells two firings of one rule in one case apart; `row` is that
    of its table, 0 without one.
    """

    rule: str
    rule_version: str
    title: str
    type: str
    severity: str
    outcome: str
    occurrence: str
    reason: str
    owner: str | None = None
    blocked: Money | None = None
    exposure: Money | None = None
    delayed: Money | None = None
    delayed_since: datetime | None = None
    clock: str | None = None
    bindings: dict[str, str] = {}
    evidence: tuple[Evidence, ...] = ()
    row: int = 0


class NotFired(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """
    A rule that was asked and did not hold: its first failing condition or missing datum.

    `asked` is that condition as written; it is empty where there was nothing to ask about. A
    rule that does not apply is not asked at all. `at` says how far the nearest facts came, by
    the numbers of pattern and condition: `1` no such fact, `1.0` it fails, `1.0?` for a missing
    datum, `1!` a fact that may not be; after a table's row, `2@1.0`.
    """

    rule: str
    because: str
    asked: str = ""
    applies: bool = True
    at: str = ""


class NotEvaluated(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    A rule that could not be asked, and why. It blocks: silence is not recovery.

    `reason` is for counting, `because` for reading.
    """

    rule: str
    because: str
    reason: Hindrance


class ReferenceAlone(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why the reference alone decided: the engine was not asked, or nothing came of it."""

    reason: Alone
    because: str = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """
    `by_reference` is None where the engine answered too. `reach` says how far each rule came, as
    `rules.reach` writes it: it is counted, and the ledger does without it.
    """

    ruleset: str
    version: str
    outcome: str  # clear | warning | blocked | not_evaluated
    evaluated: tuple[str, ...]
    firings: tuple[Firing, ...] = ()
    not_fired: tuple[NotFired, ...] = ()
    not_evaluated: tuple[NotEvaluated, ...] = ()
    facts_digest: str = ""
    by_reference: ReferenceAlone | None = None
    reach: str = ""

    @property
    def not_asked(self) -> tuple[str, ...]:
        """The rules that do not apply: settled, as those that were asked are."""
        return tuple(one.rule for one in self.not_fired if not one.applies)

    @property
    def asked(self) -> tuple[str, ...]:
        apart = set(self.not_asked)
        return tuple(one for one in self.evaluated if one not in apart)


def fingerprint(*parts: str) -> str:
    """Return a stable hex digest of *parts*, for ids that a replay must meet again."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode()
        digest.update(len(raw).to_bytes(4, "big"))
        digest.update(raw)
    return digest.hexdigest()
