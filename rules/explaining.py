"""
Why a rule did not fire: the first condition that fails, or the datum that is missing,
told of the facts that come nearest.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rules import syntax
from rules.decision import Fact
from rules.evaluation import Holds, holds
from rules.resolving import ResolvedRule
from rules.syntax import Atom, Condition
from rules.template import render_value

MAX_LOOKED_AT = 200


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    condition: Condition
    holds: Holds


class _Nearest(msgspec.Struct, kw_only=True):
    """The furthest that any combination of facts came: patterns met, then conditions met."""

    reached: tuple[int, int] = (-1, -1)
    sentence: str = ""
    looked_at: int = 0

    def offer(self, reached: tuple[int, int], sentence: str) -> None:
        if reached > self.reached:
            self.reached, self.sentence = reached, sentence


class Explainer:
    """Explains one rule."""

    def __init__(self, rule: ResolvedRule) -> None:
        self._patterns = rule.patterns
        self._asked = [
            [_Asked(condition=one, holds=holds(one)) for one in pattern.where]
            for pattern in rule.patterns
        ]

    def because(self, facts: Sequence[Fact]) -> str:
        """Return a sentence; *facts* are those that the rule did not fire on."""
        nearest = _Nearest()
        self._look(0, {}, facts, nearest)
        return nearest.sentence

    def _look(
        self, at: int, bound: Mapping[str, Fact], facts: Sequence[Fact], nearest: _Nearest
    ) -> None:
        if at == len(self._patterns):
            return
        pattern = self._patterns[at]
        nothing = True
        for fact in facts:
            if fact.type != pattern.fact_type or any(fact is one for one in bound.values()):
                continue
            nothing = False
            nearest.looked_at += 1
            if nearest.looked_at > MAX_LOOKED_AT:
                return
            self._try(at, {**bound, pattern.name: fact}, facts, nearest)
        if pattern.negated:
            self._look(at + 1, bound, facts, nearest)
        elif nothing:
            nearest.offer((at, -1), f"there is no {pattern.fact_type}")

    def _try(
        self, at: int, bound: Mapping[str, Fact], facts: Sequence[Fact], nearest: _Nearest
    ) -> None:
        pattern = self._patterns[at]
        values = {name: fact.values for name, fact in bound.items()}
        fact = bound[pattern.name]
        for met, asked in enumerate(self._asked[at]):
            if not asked.holds(values):
                if not pattern.negated:
                    nearest.offer((at, met), _failure(_failing(asked.condition, bound), bound))
                return
        if pattern.negated:
            nearest.offer((at, 1_000), f"there is {fact.type} {fact.id}, which rules it out")
        else:
            self._look(at + 1, bound, facts, nearest)


def _failing(condition: Condition, bound: Mapping[str, Fact]) -> Condition:
    """Return the first part of *condition* that fails by itself."""
    values = {name: fact.values for name, fact in bound.items()}
    if isinstance(condition, syntax.All):
        for part in condition.parts:
            if not holds(part)(values):
                return _failing(part, bound)
    return condition


def _failure(condition: Condition, bound: Mapping[str, Fact]) -> str:
    fields = list(
        dict.fromkeys(
            (one.name, one.field)
            for atom in syntax.atoms(condition)
            for one in syntax.fields_of_atom(atom)
            if not _asks_presence(atom)
        )
    )
    missing = [(name, field) for name, field in fields if field not in bound[name].values]
    written = syntax.render(condition)
    if missing:
        name, field = missing[0]
        fact = bound[name]
        return f"{fact.type} {fact.id}: {field} is not known, asked was {written}"
    told = ", ".join(_told(bound, fields)) or _presence(condition, bound)
    return f"{told}; asked was {written}"


def _asks_presence(atom: Atom) -> bool:
    return isinstance(atom, syntax.Presence)


def _told(bound: Mapping[str, Fact], fields: Sequence[tuple[str, str]]) -> Iterator[str]:
    for name, field in fields:
        fact = bound[name]
        yield f"{fact.type} {fact.id}: {field} is {render_value(fact.values[field])}"


def _presence(condition: Condition, bound: Mapping[str, Fact]) -> str:
    for atom in syntax.atoms(condition):
        for one in syntax.fields_of_atom(atom):
            fact = bound[one.name]
            known = "known" if one.field in fact.values else "not known"
            return f"{fact.type} {fact.id}: {one.field} is {known}"
    return "nothing was asked"
