"""
What the differences of many cases come to, by rule and in money.

A case that could not be evaluated adds to no sum of money: what is at stake there is not known.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from governance.exception.at_risk import AtRisk
from governance.shadow.comparison import Comparison
from rules.decision import Firing
from rules.differing import Difference
from rules.money import Money, total


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What the firings of one rule hold up, and expose; each firing counts for itself."""

    blocked: list[Money]
    exposure: list[Money]


class ByRule(msgspec.Struct, frozen=True, kw_only=True):
    """Firings of *rule* that differ, and how often it could not be compared."""

    rule: str
    opened: int
    closed: int
    changed: int
    not_evaluated: int
    before: Held
    after: Held


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """`before` and `after` are at risk in the cases that differ, counted as exceptions are."""

    rules: list[ByRule]
    before: AtRisk
    after: AtRisk


class Summing:
    """Takes comparisons, one after the other."""

    def __init__(self) -> None:
        self._rules: dict[str, _Rule] = defaultdict(_Rule)
        self._before: list[AtRisk] = []
        self._after: list[AtRisk] = []

    def add(self, one: Comparison) -> None:
        if one.difference is not None:
            self._count(one.difference)
        if one.verdict == "differs":
            self._before.append(one.before)
            self._after.append(one.after)

    def summary(self) -> Summary:
        return Summary(
            rules=[self._rules[rule].told(rule) for rule in sorted(self._rules)],
            before=_sum(self._before),
            after=_sum(self._after),
        )

    def _count(self, found: Difference) -> None:
        for firing in found.opened:
            self._rules[firing.rule].opened.append(firing)
        for firing in found.closed:
            self._rules[firing.rule].closed.append(firing)
        for pair in found.changed:
            self._rules[pair.before.rule].changed.append((pair.before, pair.after))
        for one in found.incomparable:
            self._rules[one.rule].not_evaluated += 1


class _Rule(msgspec.Struct):
    opened: list[Firing] = []
    closed: list[Firing] = []
    changed: list[tuple[Firing, Firing]] = []
    not_evaluated: int = 0

    def told(self, rule: str) -> ByRule:
        return ByRule(
            rule=rule,
            opened=len(self.opened),
            closed=len(self.closed),
            changed=len(self.changed),
            not_evaluated=self.not_evaluated,
            before=_held([*self.closed, *(one for one, _ in self.changed)]),
            after=_held([*self.opened, *(one for _, one in self.changed)]),
        )


def _held(firings: Iterable[Firing]) -> Held:
    those = list(firings)
    return Held(
        blocked=total(one.blocked for one in those if one.blocked is not None),
        exposure=total(one.exposure for one in those if one.exposure is not None),
    )


def _sum(figures: list[AtRisk]) -> AtRisk:
    return AtRisk(
        blocked=total(_each(figures, "blocked")),
        delayed_cash=total(_each(figures, "delayed_cash")),
        exposure=total(_each(figures, "exposure")),
    )


def _each(figures: list[AtRisk], name: str) -> Iterator[Money]:
    for one in figures:
        yield from getattr(one, name)
