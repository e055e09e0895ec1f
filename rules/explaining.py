"""
Why a rule did not fire: the first condition that fails, or the datum that is missing,
told of the facts that come nearest.

The sentence is for whoever does the books; the condition, as its author wrote it, stands beside.
"""

from collections.abc import Iterable, Mapping, Sequence

from rules import syntax
from rules.decision import Fact, NotFired
from rules.evaluation import Bound, holds
from rules.resolving import ResolvedRule
from rules.rule import Pattern
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

    def quiet(self, rule: str, facts: Mapping[str, Sequence[Fact]]) -> NotFired:
        """Return why *rule* is quiet; *facts*, by type, are those that it did not fire on."""
        nearest = _Nearest()
        self._look(0, {}, {}, facts, nearest)
        at, met = nearest.reached
        pattern = self._patterns[at]
        if met == _NONE_AT_ALL:
            return NotFired(rule=rule, because=f"there is no {pattern.fact_type}")
        if met == _RULED_OUT:
            fact = nearest.bound[pattern.name]
            because = f"there is {fact.type} {fact.id}, which rules it out"
            return NotFired(rule=rule, because=because, asked=_excluded(pattern))
        failing = _failing(pattern.where[met], nearest.bound)
        if met == 0 and (kind := _kind(failing)):
            return NotFired(rule=rule, because=f"there is no {pattern.fact_type} whose {kind}")
        unknown = _unknown(failing, nearest.bound)
        if unknown:
            return NotFired(rule=rule, because=unknown)
        because = _failure(failing, nearest.bound)
        return NotFired(rule=rule, because=because, asked=syntax.render(failing))

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


def _excluded(pattern: Pattern) -> str:
    """Return what may not stand, as its author wrote it."""
    where = " and ".join(syntax.render(one) for one in pattern.where)
    return f"none: {pattern.fact_type} as {pattern.name}" + (f" where {where}" if where else "")


def _kind(condition: Condition) -> str:
    """Return the words of a first condition that only chooses a kind of fact; empty for others."""
    match condition:
        case syntax.Comparison(
            operator="==", left=syntax.Field(field=field), right=syntax.Literal(value=str(value))
        ):
            return f"{_words(field)} is {value}"
    return ""


def _words(field: str) -> str:
    return field if "(" in field else field.replace("_", " ")


def _unknown(condition: Condition, bound: Mapping[str, Fact]) -> str:
    """Return the words of a datum that is to be compared and is missing; empty if none is."""
    missing = (
        _told(bound[name], field)
        for name, field in _compared(condition)
        if field not in bound[name].values
    )
    return next(missing, "")


def _failure(condition: Condition, bound: Mapping[str, Fact]) -> str:
    told = _compared(condition) or _named(syntax.atoms(condition))
    return ", ".join(_told(bound[name], field) for name, field in told)


def _compared(condition: Condition) -> list[tuple[str, str]]:
    return _named(one for one in syntax.atoms(condition) if not isinstance(one, syntax.Presence))


def _named(atoms: Iterable[Atom]) -> list[tuple[str, str]]:
    fields = (one for atom in atoms for one in syntax.fields_of_atom(atom))
    return list(dict.fromkeys((one.name, one.field) for one in fields))


def _told(fact: Fact, field: str) -> str:
    value = fact.values.get(field)
    told = "not known" if value is None else render_value(value)
    return f"{fact.type} {fact.id}: {_words(field)} is {told}"
