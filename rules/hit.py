"""
Of the rows of a decision table that hold, the hit policy says which speak.

`unique`: one may hold. `first`: the first. `priority`: the one of the highest priority, then the
first. `collect`: all, in one firing with the gravest outcome and the sum of their money; a
figure that one of them cannot give is unknown.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import msgspec

from rules.compiling import AskableRule
from rules.decision import Fact, Firing
from rules.firing import MixedCurrenciesError, Said
from rules.money import Money, total
from rules.reference import Binding
from rules.rule import Table

_GRAVEST = ("critical", "high", "medium", "low")


class AmbiguousError(ArithmeticError):
    """The table does not say one thing."""


def fired(
    rows: Sequence[AskableRule], held: Sequence[AbstractSet[Binding]], facts: Sequence[Fact]
) -> list[Firing]:
    """
    Return one firing an occurrence.

    Raises `AmbiguousError` where rows contradict each other, `MixedCurrenciesError` where a
    figure has no one currency.
    """
    table = rows[0].rule.table
    if table is None:
        return [one.firing for one in rows[0].firings.of(sorted(held[0]), facts)]
    speaking = _speaking(table, held, facts)
    found: dict[str, list[Said]] = {}
    for number in sorted(speaking, key=lambda number: _rank(table, number)):
        if rows[number].rule.outcome != "clear":
            for said in rows[number].firings.of(sorted(speaking[number]), facts):
                found.setdefault(said.firing.occurrence, []).append(said)
    collects = table.hit == "collect"
    return [_together(found[one]) if collects else found[one][0].firing for one in sorted(found)]


def _speaking(
    table: Table, held: Sequence[AbstractSet[Binding]], facts: Sequence[Fact]
) -> dict[int, list[Binding]]:
    """Return, by row, the bindings for which it speaks."""
    hits: dict[Binding, list[int]] = {}
    for number, bindings in enumerate(held):
        for binding in bindings:
            hits.setdefault(binding, []).append(number)
    speaking: dict[int, list[Binding]] = {}
    for binding, numbers in hits.items():
        for number in _chosen(table, numbers, [facts[one] for one in binding]):
            speaking.setdefault(number, []).append(binding)
    return speaking


def _rank(table: Table, number: int) -> tuple[int, int]:
    return (-table.rows[number].priority if table.hit == "priority" else 0, number)


def _chosen(table: Table, numbers: list[int], facts: Sequence[Fact]) -> list[int]:
    if table.hit == "collect":
        return numbers
    if table.hit == "unique" and len(numbers) > 1:
        told = " and ".join(str(one + 1) for one in numbers)
        named = " + ".join(f"{one.type} {one.id}" for one in facts)
        raise AmbiguousError(f"the rows {told} of its table hold at once of {named}")
    return [min(numbers, key=lambda number: _rank(table, number))]


def _together(said: list[Said]) -> Firing:
    those = [one.firing for one in said]
    if len(those) == 1:
        return those[0]
    since = [one.delayed_since for one in those if one.delayed_since is not None]
    unknown = frozenset[str]().union(*(one.unknown for one in said))
    return msgspec.structs.replace(
        those[0],
        outcome="blocked" if any(one.outcome == "blocked" for one in those) else "warning",
        severity=min((one.severity for one in those), key=_GRAVEST.index),
        reason=" ".join(dict.fromkeys(one.reason for one in those)),
        blocked=None if "blocked" in unknown else _total([one.blocked for one in those]),
        exposure=None if "exposure" in unknown else _total([one.exposure for one in those]),
        delayed=None if "delayed" in unknown else _total([one.delayed for one in those]),
        delayed_since=min(since, default=None),
        evidence=tuple(dict.fromkeys(shown for one in those for shown in one.evidence)),
    )


def _total(amounts: list[Money | None]) -> Money | None:
    known = [one for one in amounts if one is not None]
    codes = sorted({one.currency for one in known})
    if len(codes) > 1:
        told = f"the rows of its table are in mixed currencies: {', '.join(codes)}"
        raise MixedCurrenciesError(told)
    return total(known)[0] if known else None
