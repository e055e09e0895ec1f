"""
Whether conditions can hold together: each value that they speak of is tried where it matters.

Values are tried one by one, as if they had nothing to do with each other; so what is said to
contradict itself does, and what is not may yet do so.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

import msgspec

from rules import syntax
from rules.analysis.sampling import samples
from rules.decision import Value
from rules.evaluation import holds
from rules.fact import FieldType
from rules.kind import Scope, kind_of
from rules.syntax import Atom, Condition, Term

MAX_BRANCHES = 256
Conjunction = tuple[Atom, ...]
_TRIED = syntax.Field(name="tried", field="value")


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """What is tried: a value, or how two values stand to each other."""

    written: str
    values: tuple[Value | None, ...]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One atom as asked of its variable."""

    atom: Atom
    variable: str
    asked: Atom
    against: Value | None = None


def branches(conditions: Iterable[Condition]) -> list[Conjunction]:
    """Return the ways in which all of *conditions* hold; none at all when there are too many."""
    found: list[Conjunction] = [()]
    for one in conditions:
        more = list(_branches(one))
        if len(found) * len(more) > MAX_BRANCHES:
            return []
        found = [(*left, *right) for left in found for right in more]
    return found


def _branches(condition: Condition) -> Iterator[Conjunction]:
    match condition:
        case syntax.All():
            yield from branches(condition.parts)
        case syntax.Some():
            for part in condition.parts:
                yield from _branches(part)
        case syntax.Not():
            raise TypeError("a resolved condition holds no `not`")
        case _:
            yield (condition,)


def contradiction(conjunction: Conjunction, scope: Scope) -> Conjunction:
    """Return atoms of *conjunction* that cannot hold together, none when there are none."""
    trials = [one for atom in conjunction if (one := trial(atom, scope)) is not None]
    for variable in variables(trials, scope):
        those = [one for one in trials if one.variable == variable.written]
        if variable.values and not any(
            all(passes(one, value) for one in those) for value in variable.values
        ):
            return tuple(one.atom for one in those)
    return ()


def trial(atom: Atom, scope: Scope) -> Trial | None:
    """Return how *atom* is tried; None where that cannot be done, as for lists."""
    match atom:
        case syntax.Presence():
            asked = syntax.Presence(field=_TRIED, present=atom.present)
            return Trial(atom=atom, variable=syntax.render_term(atom.field), asked=asked)
        case syntax.Membership():
            return None
        case syntax.Comparison():
            return _comparison(atom, scope)


def _comparison(atom: syntax.Comparison, scope: Scope) -> Trial | None:
    left, right, operator = atom.left, atom.right, atom.operator
    if isinstance(left, syntax.Literal):
        left, right, operator = right, left, syntax.MIRRORED[operator]
    if isinstance(right, syntax.Literal):
        if kind_of(left, scope) == "texts":
            return None
        asked = syntax.Comparison(operator=operator, left=_TRIED, right=right)
        return Trial(atom=atom, variable=syntax.render_term(left), asked=asked, against=right.value)
    one, two = syntax.render_term(left), syntax.render_term(right)
    if one > two:
        one, two, operator = two, one, syntax.MIRRORED[operator]
    nought = syntax.Literal(value=0)
    asked = syntax.Comparison(operator=operator, left=_TRIED, right=nought)
    return Trial(atom=atom, variable=f"{one} against {two}", asked=asked)


def variables(trials: Sequence[Trial], scope: Scope) -> list[Variable]:
    """Return what *trials* speak of, with the values to try; absence is tried where it is asked."""
    found = []
    for written in dict.fromkeys(one.variable for one in trials):
        those = [one for one in trials if one.variable == written]
        literals = [one.against for one in those if one.against is not None]
        kind: FieldType = _kind(those[0].atom, scope) or "texts"
        values: list[Value | None] = [-1, 0, 1]
        if " against " not in written:
            values = [*samples(kind, literals)] or [0]
        if any(isinstance(one.atom, syntax.Presence) for one in those):
            values.append(None)
        found.append(Variable(written=written, values=tuple(values)))
    return found


def _kind(atom: Atom, scope: Scope) -> FieldType | None:
    term: Term
    match atom:
        case syntax.Comparison():
            term = atom.right if isinstance(atom.left, syntax.Literal) else atom.left
        case syntax.Presence():
            term = atom.field
        case syntax.Membership():
            return None
    return kind_of(term, scope)


def passes(one: Trial, value: Value | None) -> bool:
    return holds(one.asked)({"tried": {} if value is None else {"value": value}})


def overlap(left: Sequence[Conjunction], right: Sequence[Conjunction], scope: Scope) -> bool:
    """Say whether a way of one and a way of the other may hold together."""
    if not left or not right:  # too many ways to look at
        return False
    return any(not contradiction((*one, *two), scope) for one, two in product(left, right))
