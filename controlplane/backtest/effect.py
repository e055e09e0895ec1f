"""
What exceptions a decision leaves standing, as the worker would settle it; nothing is stored.

A rule that a version does not have is asked no more, which ends its exceptions.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from controlplane.backtest.comparing import judged_by
from controlplane.backtest.unfolding import Seen
from controlplane.pipeline.deciding import Decided
from controlplane.pipeline.definitions import Definitions, RulesInForce
from controlplane.pipeline.settling import circumstances
from governance.exception.process_exception import Change, ProcessException
from governance.exception.reconcile import reconcile
from governance.exception.unchecked import RULE as UNCHECKED
from governance.exception.withdrawing import Withdrawn, withdraw
from rules.decision import Decision

Standing = Mapping[str, ProcessException]
AMENDED = "amended"


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Exceptions by id as they are then, and those of them of which a person would see a change."""

    exceptions: Standing
    amended: frozenset[str] = frozenset()


class Effects:
    """What follows from the decisions of one version of *ruleset*; None is no version."""

    def __init__(self, definitions: Definitions, ruleset: str, rules: RulesInForce | None) -> None:
        self._definitions = definitions if rules is None else judged_by(definitions, rules)
        self._ruleset = ruleset
        self._rules = rules

    def of(
        self, seen: Seen, decision: Decision | None, standing: Iterable[ProcessException]
    ) -> Effect:
        """Return what *decision* on what was *seen* makes of the exceptions *standing*."""
        before = {one.id: one for one in standing}
        asked_no_more = self._withdrawn(before, at=seen.at)
        left = {**before, **{one.exception.id: one.exception for one in asked_no_more}}
        changes = [] if decision is None else self._reconciled(seen, decision, left)
        after = {**left, **{one.exception.id: one.exception for one in changes}}
        amended = (one for one in changes if one.line and one.line.action == AMENDED)
        return Effect(exceptions=after, amended=frozenset(one.exception.id for one in amended))

    def _withdrawn(self, standing: Standing, *, at: datetime) -> list[Change]:
        unresolved = [one for one in standing.values() if one.state != "resolved"]
        if self._rules is None:
            withdrawn = Withdrawn(rulesets=frozenset({self._ruleset}))
        else:
            asked = {UNCHECKED, *(one.rule for one in self._rules.ruleset.rules)}
            named = {(one.ruleset, one.rule) for one in unresolved}
            gone = {(s, r) for s, r in named if s == self._ruleset and r not in asked}
            withdrawn = Withdrawn(rules=frozenset(gone))
        return withdraw(unresolved, withdrawn, at=at)

    def _reconciled(self, seen: Seen, decision: Decision, standing: Standing) -> list[Change]:
        decided = Decided(folded=seen.folded, clocks=seen.clocks, decision=decision)
        return reconcile(
            standing.values(),
            decision,
            circumstances(self._definitions, decided, "", at=seen.at),
            at=seen.at,
            handling=self._definitions.handling(seen.folded.case.process),
        )
