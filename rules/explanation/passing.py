"""Why one occurrence passes a rule that another may break: told of that occurrence alone."""

from collections import defaultdict
from collections.abc import Sequence

from rules.compiling import AskableRule, CompiledRuleSet
from rules.decision import Fact
from rules.explanation.phrase import Phrases
from rules.explanation.words import Words


def why_passes(
    compiled: CompiledRuleSet, facts: Sequence[Fact], rule: str, occurrence: str, *, words: Words
) -> str | None:
    """
    Return why *rule* is quiet about *occurrence*, without a full stop.

    None where it cannot be told: the rule is not there, is not sound, or holds of it.
    """
    row = next((one for one in _rows(compiled, rule) if isinstance(one, AskableRule)), None)
    if row is None:
        return None
    derived, _ = compiled.deriving.derive(facts, {})
    by_type: dict[str, list[Fact]] = defaultdict(list)
    for fact in derived:
        by_type[fact.type].append(fact)
    found = row.explainer.nearest(by_type, occurrence=occurrence)
    if found.pattern == len(row.resolved.patterns):
        return None
    return row.explainer.because(found, by_type, Phrases(compiled.derived, words))


def _rows(compiled: CompiledRuleSet, rule: str) -> Sequence[object]:
    return next((rows for one, rows in compiled.by_rule() if one.rule == rule), ())
