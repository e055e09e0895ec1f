"""
The version in shadow and the one in force are asked about the same facts of the same cases.

The facts are worked out as the worker does it, clocks read when the case was judged; nothing
is stored.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from sqlalchemy import Connection

from controlplane.backtest.comparing import Asking, Pair, Versions
from controlplane.backtest.unfolding import Seen
from controlplane.pipeline.clocking import clocks_of
from controlplane.pipeline.deciding import Decided, Decider
from controlplane.pipeline.definitions import Definitions, RulesInForce
from controlplane.pipeline.folding import load_cases, read_cases
from controlplane.pipeline.settling import circumstances
from governance.exception.at_risk import AtRisk, at_risk
from governance.exception.reconcile import reconcile
from governance.shadow import stores as shadows
from governance.shadow.comparison import Compared, Comparison, Shadow, Waiting, note
from rules.decision import Decision


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
        if after is None or shadows.get_shadow(state, one.ruleset) != one:
            return None
        before = self._definitions.rules_of(one.ruleset)
        versions = Versions(before=before if _alike(before, after) else None, after=after)
        seen = self._seen(state, waiting)
        known = [case for case in waiting if case.instance in seen]
        asking = Asking(self._decider, self._definitions, versions)
        pairs = asking.pairs(seen[case.instance] for case in known)
        return Compared(
            shadow=one,
            comparisons=tuple(
                note(self._comparison(case, pair)) for case, pair in zip(known, pairs, strict=True)
            ),
            gone=tuple(case.instance for case in waiting if case.instance not in seen),
        )

    def _seen(self, state: Connection, waiting: Sequence[Waiting]) -> dict[str, Seen]:
        at = {case.instance: case.at for case in waiting}
        cases = read_cases(state, self._definitions, load_cases(state, at))
        return {
            id_: Seen(
                at=at[id_],
                folded=folded,
                clocks=tuple(clocks_of(self._definitions, folded, at[id_])),
            )
            for id_, folded in cases.items()
        }

    def _comparison(self, waiting: Waiting, pair: Pair) -> Comparison:
        found = Comparison(
            instance=waiting.instance,
            case=pair.seen.folded.instance.case_key,
            offset=waiting.offset,
            difference=pair.difference,
        )
        if found.verdict == "same":
            return found
        before, after = (self._at_stake(pair.seen, one) for one in (pair.before, pair.after))
        return msgspec.structs.replace(found, before=before, after=after)

    def _at_stake(self, seen: Seen, decision: Decision | None) -> AtRisk:
        """Return what would be at risk if *decision* were all that stands of its rule set."""
        if decision is None:
            return AtRisk()
        decided = Decided(folded=seen.folded, clocks=seen.clocks, decision=decision)
        around = circumstances(self._definitions, decided, "", at=seen.at)
        opened = [one.exception for one in reconcile((), decision, around, at=seen.at)]
        return at_risk(opened, at=seen.at, cost_of_capital=self._cost)


def _alike(before: RulesInForce | None, after: RulesInForce) -> bool:
    """Whether both judge the same process: a version may move its rule set to another."""
    return before is not None and before.ruleset.process == after.ruleset.process
