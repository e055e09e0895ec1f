"""
A question that was answered is not asked again.

A decision follows from the rule set, the types of its facts and the facts alone: what was
decided once of all three needs no second evaluation. An answer that leaves a rule out, or that
the reference gave alone, is not kept: a fuller one may be given later.
"""

from collections.abc import Callable, Mapping, Sequence

from controlplane.pipeline.deciding import Decider
from rules.decision import Decision, Fact
from rules.fact import FactType
from rules.memory import Memory

REMEMBERED = 4_000


class Remembering:
    """Asks *decider* about what was not decided yet."""

    def __init__(self, decider: Decider) -> None:
        self._decider = decider
        self._known: Memory[Decision] = Memory(REMEMBERED)
        self._loaded: dict[str, Mapping[str, FactType]] = {}

    def load(self, key: str, ruleset: str, fact_types: Mapping[str, FactType]) -> None:
        self._decider.load(key, ruleset, fact_types)
        self._loaded[key] = fact_types

    def decide(self, key: str, cases: Sequence[Sequence[Fact]]) -> list[Decision]:
        return self.ask(key, cases)()

    def ask(self, key: str, cases: Sequence[Sequence[Fact]]) -> Callable[[], list[Decision]]:
        types = self._loaded[key]
        known = [self._known.recall(key, types, *case) for case in cases]
        asked = [case for case, before in zip(cases, known, strict=True) if before is None]
        answer = self._decider.ask(key, asked) if asked else list

        def answered() -> list[Decision]:
            answers = iter(answer())
            return [
                self._kept((key, types, *case), next(answers)) if before is None else before
                for case, before in zip(cases, known, strict=True)
            ]

        return answered

    def _kept(self, asked: Sequence[object], decision: Decision) -> Decision:
        for_now = decision.not_evaluated or decision.by_reference
        return decision if for_now else self._known.keep(decision, *asked)
