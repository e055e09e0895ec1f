"""
The version in shadow and the one in force are asked about the same facts of the same cases.

The facts are worked out as the worker does it, clocks read when the case was judged; nothing
is stored.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
from sqlalchemy import Connection

from controlplane.pipeline.clocking import clocks_of
from controlplane.pipeline.deciding import Decided, Decider, facts_of
from controlplane.pipeline.definitions import Definitions, RulesInForce
from controlplane.pipeline.folding import Folded, load_cases, read_cases
from controlplane.pipeline.settling import circumstances
from governance.exception.at_risk import AtRisk, at_risk
from governance.exception.reconcile import reconcile
from governance.shadow import stores as shadows
from governance.shadow.comparison import Compared, Comparison, Shadow, Waiting
from observability.projection.clock_stores import KeptClock
from rules.context import context
from rules.decision import Decision, Fact
from rules.differing import differ


class _Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One case as it is judged: what is known of it, and when its clocks are read."""

    waiting: Waiting
    folded: Folded
    clocks: tuple[KeptClock, ...]
    facts: list[Fact]


class Comparing:
    """Compares under *definitions*; *decider* is asked by both versions."""

    def __init__(
        self, definitions: Definitions, decider: Decider, *, cost_of_capital: Decimal
    ) -> None:
        self._definitions = definitions
        self._decider = decider
        self._cost = cost_of_capital

    def compare(
        self, state: Connection, one: Shadow, waiting: Sequence[Waiting]
    ) -> Compared | None:
        """Return what is found of *waiting*; None when *one* stands in shadow no longer."""
        after = self._definitions.shadow_of(one.ruleset)
        before = self._definitions.rules_of(one.ruleset)
        if after is None or shadows.get_shadow(state, one.ruleset) != one:
            return None
        loaded = load_cases(state, [case.instance for case in waiting])
        cases = read_cases(state, self._definitions, loaded)
        asked = (after,) if before is None else (before, after)
        seen = [self._seen(asked, case, cases) for case in waiting if case.instance in cases]
        old = [None] * len(seen) if before is None else self._decided(before, seen)
        return Compared(
            shadow=one,
            comparisons=tuple(
                self._comparison(*those)
                for those in zip(seen, old, self._decided(after, seen), strict=True)
            ),
            gone=tuple(case.instance for case in waiting if case.instance not in cases),
        )

    def _seen(
        self, asked: Sequence[RulesInForce], waiting: Waiting, cases: Mapping[str, Folded]
    ) -> _Seen:
        folded = cases[waiting.instance]
        clocks = tuple(clocks_of(self._definitions, folded, waiting.at))
        facts = facts_of(
            self._definitions, asked, folded.instance, folded.entities, clocks, at=waiting.at
        )
        return _Seen(waiting=waiting, folded=folded, clocks=clocks, facts=facts)

    def _decided(self, rules: RulesInForce, seen: Sequence[_Seen]) -> list[Decision]:
        self._decider.load(rules.key, rules.text, rules.fact_types)
        calendars = self._definitions.calendars
        asked = [
            [
                *context(rules.ruleset, calendars, at=one.waiting.at),
                *(fact for fact in one.facts if fact.type in rules.uses),
            ]
            for one in seen
        ]
        return self._decider.decide(rules.key, asked)

    def _comparison(self, seen: _Seen, before: Decision | None, after: Decision) -> Comparison:
        found = Comparison(
            instance=seen.waiting.instance,
            case=seen.folded.instance.case_key,
            offset=seen.waiting.offset,
            difference=differ(before, after),
        )
        if found.verdict == "same":
            return found
        old, new = (self._at_stake(seen, one) for one in (before, after))
        return msgspec.structs.replace(found, before=old, after=new)

    def _at_stake(self, seen: _Seen, decision: Decision | None) -> AtRisk:
        """Return what would be at risk if *decision* were all that stands of its rule set."""
        if decision is None:
            return AtRisk()
        at = seen.waiting.at
        decided = Decided(folded=seen.folded, clocks=seen.clocks, decision=decision)
        around = circumstances(self._definitions, decided, "", at=at)
        opened = [one.exception for one in reconcile((), decision, around, at=at)]
        return at_risk(opened, at=at, cost_of_capital=self._cost)
