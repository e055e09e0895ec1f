"""
Derived fields are worked out before the rules are asked, each after what it rests on.

What cannot be said is left out, as any missing datum is; what must not be said, an amount
across currencies or of what is unreadable, spoils every rule that reads it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from rules import syntax
from rules.calendar import BusinessCalendar
from rules.context import calendar_among
from rules.decision import Fact, Value
from rules.derived.aggregate import Aggregation, SpoiledError, require_one_currency
from rules.derived.field import DerivedField, inputs
from rules.derived.function import FUNCTIONS
from rules.evaluation import Bound, Worth, called, currencies, holds, worth
from rules.explanation.noun import worked_out
from rules.explanation.words import spaced

Flaws = dict[tuple[int, str], str]


class Deriving:
    """Works out the derived fields of a rule set; *calendar* names what they count on."""

    def __init__(self, fields: Iterable[DerivedField], calendar: str | None) -> None:
        self._columns = [_Column(one) for one in fields]
        self._calendar = calendar
        self._counts = any(one.by_calendar for one in self._columns)

    def derive(self, facts: Sequence[Fact], flaws: Flaws) -> tuple[list[Fact], Flaws]:
        """
        Return *facts* with their derived fields.

        Beside them, by position and field, stands what must not be read: *flaws* and what
        rests on them.
        """
        if not self._columns:
            return list(facts), flaws
        state = Facts(facts, flaws)
        calendar = calendar_among(list(facts), self._calendar) if self._counts else None
        for column in self._columns:
            column.fill(state, calendar)
        values = state.values
        return [
            msgspec.structs.replace(fact, values=known) if known is not fact.values else fact
            for fact, known in zip(facts, values, strict=True)
        ], state.flaws


class Facts:
    """The facts under derivation: their values so far, and what must not be read of them."""

    def __init__(self, facts: Sequence[Fact], flaws: Flaws) -> None:
        self.facts = facts
        self.values: list[dict[str, Value]] = [one.values for one in facts]
        self.flaws = dict(flaws)
        self.of_type: Mapping[str, list[int]] = defaultdict(list)
        for position, fact in enumerate(facts):
            self.of_type[fact.type].append(position)

    def flaw(self, positions: Iterable[int], fields: Sequence[str]) -> str | None:
        """Return what is wrong with the first of *fields* that must not be read."""
        if not self.flaws:
            return None
        found = (self.flaws.get((one, field)) for one in positions for field in fields)
        return next((one for one in found if one is not None), None)


class _Column:
    """One derived field, for every fact of its type."""

    def __init__(self, derived: DerivedField) -> None:
        self._derived = derived
        formula = derived.formula
        self._own = tuple(one.field for one in inputs(formula) if one.name == derived.name)
        self.by_calendar = (
            isinstance(formula, syntax.Call) and FUNCTIONS[formula.function].by_calendar
        )

    def fill(self, state: Facts, calendar: BusinessCalendar | None) -> None:
        those = state.of_type.get(self._derived.fact_type, ())
        if not those:
            return
        field, work = self._derived.field, self._work(state, calendar)
        for position in those:
            fact = state.facts[position]
            flaw = state.flaw([position], self._own)
            value = None
            try:
                if flaw is None and self.by_calendar and calendar is None:
                    flaw = f"{worked_out(self._derived)}: the calendar of the rule set is not known"
                elif flaw is None:
                    value = work({self._derived.name: state.values[position]})
            except SpoiledError as error:
                flaw = f"{spaced(fact.type)} {fact.id}: {worked_out(self._derived)}{error}"
            if flaw is not None:
                state.flaws[position, field] = flaw
            elif value is not None:
                state.values[position] = {**state.values[position], field: self._exact(value)}

    def _exact(self, value: Value) -> Value:
        """A whole number among decimals is one of them."""
        widens = self._derived.kind == "decimal" and type(value) is int
        return Decimal(value) if widens else value  # type: ignore[arg-type]

    def _work(self, state: Facts, calendar: BusinessCalendar | None) -> Worth:
        formula = self._derived.formula
        match formula:
            case syntax.Aggregate():
                return Aggregation(formula, self._derived.kind).among(state)
            case syntax.Call():
                return _in_one_currency(formula, called(formula, calendar))
            case syntax.Field() | syntax.Literal() | syntax.CurrencyOf() | syntax.Arithmetic():
                return _in_one_currency(formula, worth(formula))
            case _:
                return _truth(formula, self._derived.refuted or formula)


def _in_one_currency(formula: syntax.Term, work: Worth) -> Worth:
    """Do *work*; raise `SpoiledError` where it is the currencies of *formula* that end it."""

    def worked(bound: Bound) -> Value | None:
        value = work(bound)
        if value is None:
            require_one_currency(currencies(formula, bound))
        return value

    return worked


def _truth(condition: syntax.Condition, refuted: syntax.Condition) -> Worth:
    """True where it holds, false where its opposite does, and otherwise not known."""
    yes, no = holds(condition), holds(refuted)

    compared = [one for one in syntax.atoms(condition) if isinstance(one, syntax.Comparison)]

    def truth(bound: Bound) -> Value | None:
        if yes(bound):
            return True
        if no(bound):
            return False
        for one in compared:
            require_one_currency(currencies(one.left, bound) | currencies(one.right, bound))
        return None

    return truth
