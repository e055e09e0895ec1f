"""
How often each rule and each condition held in production, from counts of how far decisions came.

A decision counts once for each rule: it fired, or the facts that came nearest met so many
conditions and failed at one. Conditions behind that one were not reached. Of a table each row is
counted that spoke, and the one that came nearest where none did.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from rules import syntax
from rules.reach import APART, FIRED, YIELDED, places
from rules.rule import Pattern, Rule, RuleSet, Table

_QUIET = "quiet"
_BESIDE = (APART, YIELDED)
Seen = Literal["", "never asked", "never held", "never failed"]


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """How many decisions came as far as `reach` says."""

    reach: str
    times: int


class ConditionUse(msgspec.Struct, frozen=True, kw_only=True):
    """`unknown` counts those that failed for a missing datum; `seen` says what never happened."""

    asked: str
    held: int
    failed: int
    unknown: int
    not_reached: int
    seen: Seen
    line: int = 0


class RowUse(msgspec.Struct, frozen=True, kw_only=True):
    """`nearest` counts decisions in which no row held and this one came nearest."""

    row: int
    fired: int
    passed: int
    nearest: int


class RuleUse(msgspec.Struct, frozen=True, kw_only=True):
    """`not_asked` did not apply; `yielded` held where another of higher priority spoke."""

    rule: str
    version: str
    title: str
    asked: int
    fired: int
    quiet: int
    yielded: int
    not_asked: int
    conditions: tuple[ConditionUse, ...] = ()
    rows: tuple[RowUse, ...] = ()


class _Counts:
    """Of one rule: how often each place was come to, and how often what came of it."""

    def __init__(self) -> None:
        self.places = Counter[str]()
        self.ends = Counter[str]()

    def add(self, places: Sequence[str], times: int) -> None:
        for place in places:
            self.places[place] += times
        end = places[0]
        self.ends[FIRED if end.endswith(FIRED) else end if end in _BESIDE else _QUIET] += times


def production(ruleset: RuleSet, came: Iterable[Came]) -> tuple[RuleUse, ...]:
    """Return what *came* says of every rule of *ruleset*, in its order."""
    counts = {one.rule: _Counts() for one in ruleset.rules}
    for one in came:
        for rule, those in places(ruleset.rules, one.reach):
            counts[rule].add(those, one.times)
    return tuple(_use(rule, counts[rule.rule]) for rule in ruleset.rules)


def _use(rule: Rule, counts: _Counts) -> RuleUse:
    ends = counts.ends
    return RuleUse(
        rule=rule.rule,
        version=rule.version,
        title=rule.title,
        asked=ends.total() - ends[APART],
        fired=ends[FIRED],
        quiet=ends[_QUIET],
        yielded=ends[YIELDED],
        not_asked=ends[APART],
        conditions=() if rule.table else tuple(_conditions(rule, counts.places)),
        rows=tuple(_rows(rule.table, counts.places)) if rule.table else (),
    )


def _rows(table: Table, places: Counter[str]) -> Iterator[RowUse]:
    for number in range(1, len(table.rows) + 1):
        own = {
            place.partition("@")[2]: times
            for place, times in places.items()
            if place.startswith(f"{number}@")
        }
        yield RowUse(
            row=number,
            fired=own.pop(FIRED, 0),
            passed=own.pop("", 0),
            nearest=sum(own.values()),
        )


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One thing asked for: its place, and how a decision is marked that stopped there."""

    place: tuple[int, int]
    asked: str
    marks: tuple[str, str]  # failed, unknown
    line: int


def _conditions(rule: Rule, places: Counter[str]) -> Iterator[ConditionUse]:
    reached = Counter[tuple[int, int]]()
    for place, times in places.items():
        if place not in _BESIDE:
            reached[_reached(place)] += times
    total = reached.total()
    for one in (
        each for number, pattern in enumerate(rule.when) for each in _asked(number, pattern)
    ):
        held = sum(times for place, times in reached.items() if place > one.place)
        failed, unknown = (places[mark] for mark in one.marks)
        yield ConditionUse(
            asked=one.asked,
            held=held,
            failed=failed,
            unknown=unknown,
            not_reached=total - held - failed - unknown,
            seen=_seen(held, failed + unknown),
            line=one.line,
        )


def _asked(number: int, pattern: Pattern) -> Iterator[_Asked]:
    """Yield what a pattern asks for: that there is such a fact, then each of its conditions."""
    word = "none" if pattern.negated else "each"
    fact = f"{word}: {pattern.fact_type} as {pattern.name}"
    mark = f"{number}!" if pattern.negated else f"{number}"
    yield _Asked(place=(number, -1), asked=fact, marks=(mark, ""), line=pattern.place.line)
    for at, condition in enumerate(() if pattern.negated else pattern.where):
        yield _Asked(
            place=(number, at),
            asked=syntax.render(condition),
            marks=(f"{number}.{at}", f"{number}.{at}?"),
            line=condition.place.line or pattern.place.line,
        )


def _reached(place: str) -> tuple[int, int]:
    """Return the place of the first thing asked for that was not met."""
    if place == FIRED:
        return (1_000_000, 0)
    pattern, _, condition = place.rstrip("!?").partition(".")
    return int(pattern), int(condition) if condition else -1


def _seen(held: int, failed: int) -> Seen:
    if held and failed:
        return ""
    if not held and not failed:
        return "never asked"
    return "never failed" if held else "never held"
