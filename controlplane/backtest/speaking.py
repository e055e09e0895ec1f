"""What one version says of an occurrence, as a person reads it: broken, or why it is not."""

from controlplane.backtest.comparing import told_to
from controlplane.backtest.finding import Word
from controlplane.backtest.unfolding import Seen
from controlplane.explanation.naming import words_of
from controlplane.pipeline.definitions import Definitions, RulesInForce
from governance.exception.at_risk import blocked_by
from governance.exception.process_exception import ProcessException
from rules.compiling import CompiledRuleSet, compile_ruleset
from rules.decision import Decision
from rules.explanation.passing import why_passes
from rules.explanation.words import Words

NOTHING_COMPARED = "no version is compared with"


class Speaking:
    """Speaks for one version, None is no version; it is compiled when it has to explain itself."""

    def __init__(self, definitions: Definitions, rules: RulesInForce | None) -> None:
        self._definitions, self._rules = definitions, rules
        self._compiled: CompiledRuleSet | None = None
        self._words = words_of(definitions, rules.ruleset.process) if rules else Words()

    def word(
        self,
        seen: Seen,
        decision: Decision | None,
        exception: ProcessException | None,
        rule: str,
        occurrence: str,
    ) -> Word:
        """Return what is said of *rule*; *exception* is what *decision* leaves standing of it."""
        if exception is None:
            return Word(broken=False, reason=self._why_not(seen, decision, rule, occurrence))
        return Word(
            broken=True,
            reason=exception.reason,
            severity=exception.severity,
            owner=exception.owner,
            blocked=blocked_by(exception),
            exposure=exception.exposure,
            delayed=exception.delayed,
            delayed_since=exception.delayed_since,
            evidence=exception.evidence,
        )

    def _why_not(self, seen: Seen, decision: Decision | None, rule: str, occurrence: str) -> str:
        if decision is None or self._rules is None:
            return NOTHING_COMPARED
        unasked = next((one.because for one in decision.not_evaluated if one.rule == rule), None)
        if unasked is not None:
            return f"could not be checked: {unasked}"
        if rule not in decision.evaluated:
            return f"version {decision.version} has no rule {rule}"
        quiet = next((one for one in decision.not_fired if one.rule == rule), None)
        if quiet is not None and not quiet.applies:
            return quiet.because
        passes = self._passes(self._rules, seen, rule, occurrence)
        return passes or (quiet.because if quiet else f"{occurrence} does not break the rule")

    def _passes(self, rules: RulesInForce, seen: Seen, rule: str, occurrence: str) -> str | None:
        if self._compiled is None:
            self._compiled = compile_ruleset(rules.ruleset, rules.fact_types)
        facts = told_to(self._definitions, rules, seen)
        return why_passes(self._compiled, facts, rule, occurrence, words=self._words)
