"""
Aggregates: `sum`, `count`, `min` and `max` over the facts that fit.

A datum that is missing where it is summed up makes the whole not known; currencies are never
mixed. Nothing sums to nought, but for money, whose nought needs a currency.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol

from rules import syntax
from rules.decision import Value
from rules.evaluation import Bound, Holds, Values, Worth, combine, holds, worth
from rules.fact import FieldType
from rules.money import Money

MAX_STEPS = 300_000


class SpoiledError(ArithmeticError):
    """What is summed up must not be; the message goes on after the name of the field."""


class Among(Protocol):
    """The facts under derivation."""

    @property
    def values(self) -> Sequence[Values]: ...

    @property
    def of_type(self) -> Any: ...

    def flaw(self, positions: Sequence[int], fields: Sequence[str]) -> str | None: ...


class Aggregation:
    """Works out one aggregate, whose sum is a *kind*."""

    def __init__(self, term: syntax.Aggregate, kind: FieldType) -> None:
        self._term = term
        self._kind = kind
        self._value = worth(term.value) if term.value is not None else None
        self._start = worth(term.start) if term.start is not None else None
        self._alone: list[Holds] = []
        self._joined: list[Holds] = []
        self._fields: list[str] = []
        for one in term.where:
            fields = [f for atom in syntax.atoms(one) for f in syntax.fields_of_atom(atom)]
            joined = any(field.name != term.name for field in fields)
            (self._joined if joined else self._alone).append(holds(one))
            self._fields += [field.field for field in fields if field.name == term.name]
        if term.value is not None:
            read = syntax.fields_of(term.value)
            self._fields += [field.field for field in read if field.name == term.name]

    def among(self, state: Among) -> Worth:
        """Return the function that works the aggregate out for one fact among *state*."""
        name = self._term.name
        those = state.of_type.get(self._term.fact_type, ())
        flaw = state.flaw(those, self._fields)
        fitting = []
        if flaw is None:
            bound = ({name: state.values[one]} for one in those)
            fitting = [one for one in bound if all(fits(one) for fits in self._alone)]
        steps = 0

        def aggregate(outer: Bound) -> Value | None:
            nonlocal steps
            if flaw is not None:
                raise SpoiledError(f": {flaw}")
            steps += len(fitting)
            if steps > MAX_STEPS:
                raise SpoiledError(" has too many facts to go through")
            if not self._joined:
                return self._of(fitting, outer)
            both = ({**one, **outer} for one in fitting)
            return self._of([one for one in both if all(fits(one) for fits in self._joined)], outer)

        return aggregate

    def _of(self, those: Sequence[Bound], outer: Bound) -> Value | None:
        if self._value is None:
            return len(those)
        value = self._value
        found = [value({**one, **outer}) for one in those]
        if self._start is not None:
            found.insert(0, self._start(outer))
        if any(one is None for one in found):
            return None
        require_one_currency({one.currency for one in found if isinstance(one, Money)})
        if not found:
            return _NOUGHT.get(self._kind) if self._term.function == "sum" else None
        return _WORK[self._term.function](found)


def require_one_currency(codes: Collection[str]) -> None:
    """Raise `SpoiledError` when *codes* are several currencies."""
    if len(codes) > 1:
        raise SpoiledError(f" is in mixed currencies: {', '.join(sorted(codes))}")


def _sum(values: Sequence[Any]) -> Value | None:
    total = values[0]
    for one in values[1:]:
        if total is not None:
            total = combine("+", total, one)
    found: Value | None = total
    return found


def _key(value: Any) -> Any:
    return value.amount if isinstance(value, Money) else value


_WORK: dict[str, Callable[[Sequence[Any]], Value | None]] = {
    "sum": _sum,
    "min": lambda values: min(values, key=_key),
    "max": lambda values: max(values, key=_key),
}
_NOUGHT: dict[FieldType, Value] = {
    "integer": 0,
    "decimal": Decimal(0),
    "duration": timedelta(),
}
