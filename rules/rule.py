"""A rule set as a value: rules with their patterns, money and test cases, and derived fields."""

from datetime import date, timedelta
from typing import Any, Literal

import msgspec

from rules.syntax import Condition, Place, Term
from rules.template import Template

Severity = Literal["critical", "high", "medium", "low"]
Outcome = Literal["blocked", "warning"]
RowOutcome = Literal["blocked", "warning", "clear"]
Hit = Literal["unique", "first", "collect", "priority"]


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """`each` binds *name* to every fact that fits; `negated` (`none`) asks that none does."""

    fact_type: str
    name: str
    negated: bool
    where: tuple[Condition, ...]
    pointer: str = ""
    place: Place = Place()


class Derivation(msgspec.Struct, frozen=True, kw_only=True):
    """A field that every fact of the type gets, worked out before any rule is asked."""

    fact_type: str
    name: str
    field: str
    formula: Term | Condition
    pointer: str = ""
    place: Place = Place()


class MoneyClause(msgspec.Struct, frozen=True, kw_only=True):
    blocked: Term | None = None
    exposure: Term | None = None
    delayed: Term | None = None
    delayed_since: Term | None = None

    @property
    def terms(self) -> dict[str, Term]:
        named = {
            "blocked": self.blocked,
            "exposure": self.exposure,
            "delayed": self.delayed,
            "delayed_since": self.delayed_since,
        }
        return {name: term for name, term in named.items() if term is not None}


class ExpectedFiring(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A firing that a test case expects; a figure that is not given is not compared."""

    occurrence: str
    blocked: dict[str, str] | None = None
    exposure: dict[str, str] | None = None
    delayed: dict[str, str] | None = None
    reason: str | None = None


class TestCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each mapping of `given` is a fact: its first key names the type, its value the id."""

    __test__ = False

    name: str
    given: tuple[dict[str, Any], ...]
    fires: tuple[str | ExpectedFiring, ...]


class Effective(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first and the last day on which a rule is in effect, where the calendar is."""

    from_: date | None = msgspec.field(name="from", default=None)
    until: date | None = None

    @property
    def some_day(self) -> date:
        """A day on which the rule is in effect."""
        return self.from_ or self.until or date.min

    @property
    def turns(self) -> tuple[date, ...]:
        """The days on which the rule comes into effect and goes out of it."""
        ends = None if self.until in {None, date.max} else self.until + timedelta(days=1)
        return tuple(day for day in (self.from_, ends) if day is not None)

    def on(self, day: date) -> bool:
        begun = self.from_ is None or self.from_ <= day
        return begun and (self.until is None or day <= self.until)


class Applicability(msgspec.Struct, frozen=True, kw_only=True):
    """A rule applies where a fact of the type shows one of `among` as `field`."""

    fact_type: str
    field: str
    among: tuple[str, ...]
    pointer: str = ""
    place: Place = Place()


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a decision table: for each column a condition, or None for anything."""

    cells: tuple[Condition | None, ...]
    outcome: RowOutcome | None = None
    severity: Severity | None = None
    reason: Template | None = None
    money: MoneyClause | None = None
    priority: int = 0
    pointer: str = ""
    place: Place = Place()


class Table(msgspec.Struct, frozen=True, kw_only=True):
    hit: Hit
    inputs: tuple[Term, ...]
    rows: tuple[Row, ...]
    pointer: str = ""
    place: Place = Place()


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    rule: str
    version: str
    title: str
    severity: Severity
    type: str
    when: tuple[Pattern, ...]
    outcome: RowOutcome
    reason: Template
    occurrence: str
    question: str = ""
    rationale: str = ""
    owner: str | None = None
    next_step: str = ""
    money: MoneyClause = MoneyClause()
    clock: str | None = None
    effective: Effective | None = None
    applies: tuple[Applicability, ...] = ()
    priority: int = 0
    table: Table | None = None
    row: int = 0
    tests: tuple[TestCase, ...] = ()
    pointer: str = ""
    places: dict[str, Place] = {}

    @property
    def unit(self) -> str:
        """Name what is asked at once: the rule, or one row of its table."""
        return f"{self.rule}/{self.row}" if self.row else self.rule

    def place(self, member: str) -> Place:
        """Return where *member* (`reason`, `money/blocked`…) stands in the document."""
        return self.places.get(member, self.places.get("", Place()))


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    ruleset: str
    version: str
    title: str
    process: str
    rules: tuple[Rule, ...]
    owner: str | None = None
    calendar: str | None = None
    derived: tuple[Derivation, ...] = ()
