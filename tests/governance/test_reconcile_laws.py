"""What holds of exceptions whatever the decisions are."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from governance.exception.process_exception import ProcessException
from governance.exception.reconcile import Circumstances, reconcile
from rules.decision import Decision, Firing, NotEvaluated

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CASE = Circumstances(process="quote-to-cash", instance="i-1", case_key="E-1")
RULES = ("rate-agreed", "po-valid")

occurrences = st.sets(st.tuples(st.sampled_from(RULES), st.sampled_from(["TS-1", "TS-2"])))
rounds = st.lists(st.tuples(occurrences, st.sets(st.sampled_from(RULES))), max_size=8)


def decided(firing: set[tuple[str, str]], broken: set[str]) -> Decision:
    """Let *firing* hold, but for the rules that are *broken* and could not be asked."""
    return Decision(
        ruleset="billing",
        version="1.0.0",
        outcome="blocked",
        evaluated=tuple(rule for rule in RULES if rule not in broken),
        not_evaluated=tuple(
            NotEvaluated(rule=rule, because="died", reason="engine-refused")
            for rule in sorted(broken)
        ),
        firings=tuple(
            Firing(
                rule=rule,
                rule_version="1.0.0",
                title=rule,
                type="X",
                severity="high",
                outcome="blocked",
                occurrence=occurrence,
                reason=f"{occurrence} breaks {rule}",
            )
            for rule, occurrence in sorted(firing)
            if rule not in broken
        ),
    )


@settings(max_examples=80, deadline=None)
@given(rounds)
def test_what_stands_is_what_the_last_answer_to_each_rule_said(
    rounds: list[tuple[set[tuple[str, str]], set[str]]],
):
    kept: dict[str, ProcessException] = {}
    unchecked = {("decision-not-evaluated", "E-1")}
    expected: dict[str, set[tuple[str, str]]] = {rule: set() for rule in RULES}
    for number, (firing, broken) in enumerate(rounds):
        at = NOON + timedelta(hours=number)
        decision = decided(firing, broken)
        for change in reconcile(kept.values(), decision, CASE, at=at):
            kept[change.exception.id] = change.exception
        assert reconcile(kept.values(), decision, CASE, at=at) == []
        expected["decision-not-evaluated"] = unchecked if broken else set()
        for rule in RULES:
            if rule not in broken:
                expected[rule] = {one for one in firing if one[0] == rule}
    standing = {(one.rule, one.occurrence) for one in kept.values() if one.standing}
    assert standing == set().union(*expected.values())
