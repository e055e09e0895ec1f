"""
Why a rule did not fire: the first condition that fails, or the datum that is missing,
told of the facts that come nearest.
"""

from collections.abc import Iterable, Mapping, Sequence

from rules import syntax
from rules.decision import Fact
from rules.evaluation import Bound, holds
from rules.resolving import ResolvedRule
from rules.syntax import Atom, Condition
from rules.template import render_value

MAX_LOOKED_AT = 200
_NONE_AT_ALL, _RULED_OUT = -1, 1_000


class _Nearest:
    """The furthest that any combination of facts came: patterns met, then conditions met."""

    def __init__(self) -> None:
        self.reached = (-1, -1)
        self.bound: Mapping[str, Fact] = {}
        self.looked_at = 0

    def offer(self, reached: tuple[int, int], bound: Mapping[str, Fact]) -> None:
        if reached > self.reached:
            self.reached, self.bound = reached, bound


class Explainer:
    """Explains one rule."""

    def __init__(self, rule: ResolvedRule) -> None:
        self._patterns = rule.patterns
        self._asked = [tuple(map(holds, pattern.where)) for pattern in rule.patterns]

    def because(self, facts: Mapping[str, Sequence[Fact]]) -> str:
        """Return a sentence; *facts*, by type, are those that the rule did not fire on."""
        nearest = _Nearest()
        self._look(0, {}, {}, facts, nearest)
        at, met = nearest.reached
        pattern = self._patterns[at]
        if met == _NONE_AT_ALL:
            return f"there is no {pattern.fact_type}"
        if met == _RULED_OUT:
            fact = nearest.bound[pattern.name]
            return f"there is {fact.type} {fact.id}, which rules it out"
        return _failure(_failing(pattern.where[met], nearest.bound), nearest.bound)

    def _look(
        self,
        at: int,
        bound: Mapping[str, Fact],
        values: Bound,
        facts: Mapping[str, Sequence[Fact]],
        nearest: _Nearest,
    ) -> None:
        if at == len(self._patterns):
            return
        pattern = self._patterns[at]
        nothing = True
        for fact in facts.get(pattern.fact_type, ()):
            if any(fact is one for one in bound.values()):
                continue
            nothing = False
            nearest.looked_at += 1
            if nearest.looked_at > MAX_LOOKED_AT:
                return
            now = {**values, pattern.name: fact.values}
            self._try(at, {**bound, pattern.name: fact}, now, facts, nearest)
        if pattern.negated:
            self._look(at + 1, bound, values, facts, nearest)
        elif nothing:
            nearest.offer((at, _NONE_AT_ALL), bound)

    def _try(
        self,
        at: int,
        bound: Mapping[str, Fact],
        values: Bound,
        facts: Mapping[str, Sequence[Fact]],
        nearest: _Nearest,
    ) -> None:
        negated = self._patterns[at].negated
        for met, asked in enumerate(self._asked[at]):
            if not asked(values):
                if not negated:
                    nearest.offer((at, met), bound)
                return
        if negated:
            nearest.offer((at, _RULED_OUT), bound)
        else:
            self._look(at + 1, bound, values, facts, nearest)


def _failing(condition: Condition, bound: Mapping[str, Fact]) -> Condition:
    """Return the first part of *condition* that fails by itself."""
    values = {name: fact.values for name, fact in bound.items()}
    if isinstance(condition, syntax.All):
        for part in condition.parts:
            if not holds(part)(values):
                return _failing(part, bound)
    return condition


def _failure(condition: Condition, bound: Mapping[str, Fact]) -> str:
    atoms = syntax.atoms(condition)
    compared = _named(one for one in atoms if not isinstance(one, syntax.Presence))
    written = syntax.render(condition)
    for name, field in compared:
        fact = bound[name]
        if field not in fact.values:
            return f"{fact.type} {fact.id}: {field} is not known, asked was {written}"
    told = ", ".join(_told(bound[name], field) for name, field in compared or _named(atoms))
    return f"{told}; asked was {written}"


def _named(atoms: Iterable[Atom]) -> list[tuple[str, str]]:
    fields = (one for atom in atoms for one in syntax.fields_of_atom(atom))
    return list(dict.fromkeys((one.name, one.field) for one in fields))


def _told(fact: Fact, field: str) -> str:
    value = fact.values.get(field)
    if value is None:
        return f"{fact.type} {fact.id}: {field} is not known"
    return f"{fact.type} {fact.id}: {field} is {render_value(value)}"
