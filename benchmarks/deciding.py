"""Decisions a second: in this process, by the reference alone, and through rule processes."""

import time
from collections.abc import Sequence

from benchmarks.figure import Figure, compare
from benchmarks.installation import Installation
from benchmarks.processing import Recorder, pipeline
from controlplane.ruleprocess.supervisor import RuleProcesses
from rules.compiling import CompiledRuleSet, compile_ruleset
from rules.deciding import decide, decide_reference
from rules.decision import Fact
from rules.fact import FactType
from rules.language import read_ruleset

Asked = Sequence[tuple[str, Sequence[Sequence[Fact]]]]


class _Loading(Recorder):
    """Remembers the rule sets too."""

    def __init__(self, rules: RuleProcesses) -> None:
        super().__init__(rules)
        self.loaded: dict[str, CompiledRuleSet] = {}

    def load(self, key: str, ruleset: str, fact_types: dict[str, FactType]) -> None:  # type: ignore[override]
        super().load(key, ruleset, fact_types)
        if key not in self.loaded:
            self.loaded[key] = compile_ruleset(read_ruleset(ruleset), fact_types)


def measure(installation: Installation, runs: int) -> list[Figure]:
    with RuleProcesses(1) as one, RuleProcesses(2) as two:
        recorder = _Loading(one)
        pipeline(installation.copy(), recorder)
        asked, compiled = recorder.asked, recorder.loaded
        decisions = sum(len(cases) for _, cases in asked)

        def by_process(rules: RuleProcesses) -> float:
            begun = time.perf_counter()
            for key, cases in asked:
                rules.decide(key, cases)
            return decisions / (time.perf_counter() - begun)

        def here(how: object) -> float:
            begun = time.perf_counter()
            for key, cases in asked:
                for case in cases:
                    how(compiled[key], case)  # type: ignore[operator]
            return decisions / (time.perf_counter() - begun)

        for key, cases in asked:  # load both processes of the pair
            two.load(key, one._rulesets[key].text, one._rulesets[key].fact_types)  # noqa: SLF001
            two.decide(key, cases)
        return [
            compare(
                lambda: (by_process(one), here(decide)),
                goal=None,
                name="decisions through one rule process",
                unit="decisions/s",
                against="in this process",
                runs=runs,
            ),
            compare(
                lambda: (by_process(two), by_process(one)),
                goal=None,
                name="decisions through two rule processes",
                unit="decisions/s",
                against="through one",
                runs=runs,
            ),
            compare(
                lambda: (here(decide), here(decide_reference)),
                goal=None,
                name="engine checked by the reference, in this process",
                unit="decisions/s",
                against="the reference alone",
                runs=runs,
            ),
        ]
