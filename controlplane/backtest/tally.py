"""What was found of all cases becomes one finding; the order of the cases is the only order."""

from collections import Counter, defaultdict
from decimal import Decimal

import msgspec

from controlplane.backtest.asked import Asked
from controlplane.backtest.finding import (
    ByRule,
    ByTeam,
    Compared,
    Finding,
    Kind,
    Moved,
    Past,
    Sample,
    Standing,
    Unevaluated,
)
from controlplane.backtest.looking import Looked
from controlplane.backtest.stake import Stake
from governance.exception.at_risk import at_risk
from rules.decision import NotEvaluated

SAMPLES = 3
"""Examples that are kept of what becomes of the exceptions of one rule in one way."""

_Both = tuple[list[Stake], list[Stake]]


class Tally:
    """Takes cases, one after the other, and gives what was found of them."""

    def __init__(self, asked: Asked, cost_of_capital: Decimal) -> None:
        self._at = asked.until or asked.as_of
        self._ruleset = asked.ruleset
        self._history = asked.history
        self._cost = cost_of_capital
        self._cases = Counter[str]()
        self._decisions = Counter[str]()
        self._became = Counter[tuple[Kind, str, str | None]]()  # by rule and owner
        self._standing: _Both = ([], [])
        self._past: _Both = ([], [])
        self._samples: dict[tuple[Kind, str], list[Sample]] = defaultdict(list)
        self._unevaluated: dict[tuple[str, str, str], Unevaluated] = {}
        self._gone = 0

    def gone(self, cases: int) -> None:
        """Say that nothing is known of *cases* cases any more."""
        self._gone += cases

    def add(self, case: Looked) -> None:
        samples = (*case.standing, *case.past)
        _count(self._cases, 1, bool(samples) or case.changed > 0, case.unevaluated != ())
        _count(self._decisions, case.decisions, case.changed, case.not_evaluated)
        for one in samples:
            owner = one.after.owner if one.after.broken else one.before.owner
            self._became[one.kind, one.rule, owner] += 1
            kept = self._samples[one.kind, one.rule]
            if len(kept) < SAMPLES:
                kept.append(one)
        for ours, theirs in ((self._standing, case.stakes), (self._past, case.past_stakes)):
            for side, more in zip(ours, theirs, strict=True):
                side.extend(more)
        once = {(v, said.rule, said.reason): (v, said) for v, said in case.unevaluated}
        for version, said in once.values():
            self._not_evaluated(case, version, said)

    def _not_evaluated(self, case: Looked, version: str, one: NotEvaluated) -> None:
        key = (version, one.rule, one.reason)
        known = self._unevaluated.get(key)
        self._unevaluated[key] = (
            msgspec.structs.replace(known, cases=known.cases + 1)
            if known
            else Unevaluated(
                version=version,
                rule=one.rule,
                reason=one.reason,
                cases=1,
                because=one.because,
                instance=case.instance,
                case=case.case,
            )
        )

    def finding(self) -> Finding:
        """Return what was found up to now."""
        rules = sorted({rule for _, rule, _ in self._became})
        teams = sorted({owner for _, _, owner in self._became}, key=lambda one: one or "")
        return Finding(
            cases=Compared(**self._cases),
            decisions=Compared(**self._decisions),
            standing=self._stands(_Share()),
            history=self._passed(_Share()) if self._history else None,
            rules=[
                ByRule(rule=share.rule, standing=self._stands(share), history=self._passed(share))
                for share in (_Share(ruleset=self._ruleset, rule=one) for one in rules)
            ],
            teams=[
                ByTeam(team=one, standing=self._stands(share), history=self._passed(share))
                for one, share in ((one, _Share(team=one)) for one in teams)
            ],
            samples=[one for key in sorted(self._samples) for one in self._samples[key]],
            unevaluated=[self._unevaluated[key] for key in sorted(self._unevaluated)],
            gone=self._gone,
        )

    def _stands(self, share: "_Share") -> Standing:
        became = self._counted(share)
        return Standing(
            opened=became["opened"],
            closed=became["closed"],
            changed=became["changed"],
            money=self._moved(self._standing, share),
        )

    def _passed(self, share: "_Share") -> Past:
        became = self._counted(share)
        return Past(
            added=became["added"],
            removed=became["removed"],
            altered=became["altered"],
            money=self._moved(self._past, share),
        )

    def _counted(self, share: "_Share") -> Counter[Kind]:
        found = Counter[Kind]()
        for (kind, rule, owner), times in self._became.items():
            if share.holds(self._ruleset, rule, owner):
                found[kind] += times
        return found

    def _moved(self, stakes: _Both, share: "_Share") -> Moved:
        before, after = (
            at_risk(
                (one for one in side if share.holds(one.ruleset, one.rule, one.owner)),
                at=self._at,
                cost_of_capital=self._cost,
            )
            for side in stakes
        )
        return Moved(before=before, after=after)


class _Share(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, what is a rule's, or what is a team's; nobody's where `team` is None."""

    ruleset: str = ""
    rule: str = ""
    team: str | msgspec.UnsetType | None = msgspec.UNSET

    def holds(self, ruleset: str, rule: str, owner: str | None) -> bool:
        if self.rule:
            return (ruleset, rule) == (self.ruleset, self.rule)
        return self.team is msgspec.UNSET or self.team == owner


def _count(counter: Counter[str], compared: int, changed: int, not_evaluated: int) -> None:
    counter.update(compared=compared, changed=changed, not_evaluated=not_evaluated)
