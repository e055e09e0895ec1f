"""
How near facts come to what a rule asks for: how many patterns, then how many conditions.

Patterns are taken in their order, and so are conditions; the first combination of facts that
comes furthest is the nearest.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from rules.decision import Fact
from rules.evaluation import Values
from rules.explanation.approaching import NONE_AT_ALL, RULED_OUT, Found, approach
from rules.inlining import reached
from rules.resolving import ResolvedRule

MAX_LOOKED_AT = 200
_ByType = Mapping[str, Sequence[Fact]]


class Nearest(msgspec.Struct, frozen=True, kw_only=True):
    """
    The furthest that any combination of facts came: the pattern, and how many of its conditions.

    `NONE_AT_ALL` of them: there is no such fact; `RULED_OUT`: there is one where none may be.
    Where everything holds, the pattern is the one behind the last. `facts` are bound to `names`;
    the last may be one that does not fit.
    """

    pattern: int
    met: int
    names: tuple[str, ...]
    facts: tuple[Fact, ...]

    @property
    def bound(self) -> dict[str, Fact]:
        return dict(zip(self.names, self.facts, strict=False))

    @property
    def reached(self) -> tuple[int, int]:
        return self.pattern, self.met


class _Step(msgspec.Struct, frozen=True, kw_only=True):
    """`reached` says how many of `wanted` conditions hold of `names`: all bound, and its own."""

    fact_type: str
    negated: bool
    names: tuple[str, ...]
    wanted: int
    reached: Callable[..., int]


class Nearness:
    """Looks for the nearest facts of one rule."""

    def __init__(self, rule: ResolvedRule) -> None:
        self._steps: list[_Step] = []
        bound: tuple[str, ...] = ()
        for pattern in rule.patterns:
            names = (*bound, pattern.name)
            self._steps.append(
                _Step(
                    fact_type=pattern.fact_type,
                    negated=pattern.negated,
                    names=names,
                    wanted=len(pattern.where),
                    reached=reached(pattern.where, names, rule.scope),
                )
            )
            bound = bound if pattern.negated else names
        self._bound = bound
        self.approach = approach(rule.patterns, rule.scope, MAX_LOOKED_AT)

    def of(self, facts: _ByType, *, only: tuple[str, str] | None = None) -> Nearest:
        """
        Return how near *facts*, by type, come.

        With *only*, a name and an id, the rule is asked of that one fact under that name.
        """
        found = None if only else self.approach(facts)
        if found is None:
            search = _Search(self._steps, facts, only)
            search.look(0, (), ())
            found = (*search.reached, search.bound)
        return self.named(found)

    def named(self, found: Found) -> Nearest:
        at, met, those = found
        names = self._steps[at].names if at < len(self._steps) else self._bound
        return Nearest(pattern=at, met=met, names=names, facts=those)


class _Search:
    def __init__(
        self, steps: Sequence[_Step], facts: _ByType, only: tuple[str, str] | None
    ) -> None:
        self._steps = steps
        self._facts = facts
        self._only = only
        self._looked_at = 0
        self.reached = (-1, -1)
        self.bound: tuple[Fact, ...] = ()

    def _offer(self, at: int, met: int, bound: tuple[Fact, ...]) -> None:
        if (at, met) > self.reached:
            self.reached, self.bound = (at, met), bound

    def look(self, at: int, bound: tuple[Fact, ...], values: tuple[Values, ...]) -> None:
        if at == len(self._steps):
            self._offer(at, 0, bound)
            return
        step = self._steps[at]
        those = self._free(step, bound)
        excluded = False
        for fact in those:
            self._looked_at += 1
            if self._looked_at > MAX_LOOKED_AT:
                return
            met = step.reached(*values, fact.values)
            if met == step.wanted:
                excluded = True
                self._met(at, (*bound, fact), (*values, fact.values))
            elif not step.negated and (at, met) > self.reached:
                self.reached, self.bound = (at, met), (*bound, fact)
        if step.negated and not excluded:
            self.look(at + 1, bound, values)
        elif not those:
            self._offer(at, NONE_AT_ALL, bound)

    def _free(self, step: _Step, bound: tuple[Fact, ...]) -> Sequence[Fact]:
        """Return the facts of the type that no name is bound to, and that are asked about."""
        those = self._facts.get(step.fact_type, ())
        if self._only is not None and self._only[0] == step.names[-1]:
            those = [one for one in those if one.id == self._only[1]]
        if not bound:
            return those
        return [one for one in those if not any(one is other for other in bound)]

    def _met(self, at: int, bound: tuple[Fact, ...], values: tuple[Values, ...]) -> None:
        """Look on from a fact that fits; where none may be, it rules the rule out."""
        if self._steps[at].negated:
            self._offer(at, RULED_OUT, bound)
        else:
            self.look(at + 1, bound, values)
