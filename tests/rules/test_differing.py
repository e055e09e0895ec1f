"""Two decisions of one case beside each other: what opens, what ends, what is not known."""

from decimal import Decimal
from typing import Any

from rules.decision import Decision, Firing, NotEvaluated
from rules.differing import Changed, Difference, Incomparable, differ
from rules.money import Money

HUNDRED = Money(amount=Decimal(100), currency="EUR")


def firing(rule: str = "late-time", occurrence: str = "TS-1", **said: Any) -> Firing:
    known: dict[str, Any] = {
        "rule_version": "1.0.0",
        "title": "Late time",
        "type": "LATE_TIME",
        "severity": "high",
        "outcome": "blocked",
        "reason": "It is late.",
    }
    return Firing(rule=rule, occurrence=occurrence, **{**known, **said})


def decision(*firings: Firing, unasked: tuple[str, ...] = ()) -> Decision:
    return Decision(
        ruleset="time-billing",
        version="1.0.0",
        outcome="clear",
        evaluated=(),
        firings=firings,
        not_evaluated=tuple(not_asked(rule) for rule in unasked),
    )


def not_asked(rule: str) -> NotEvaluated:
    return NotEvaluated(rule=rule, because="no one currency", reason="mixed-currencies")


def test_the_same_firings_are_no_difference_whatever_their_order() -> None:
    one, other = firing(), firing(occurrence="TS-2")
    assert differ(decision(one, other), decision(other, one)).same


def test_a_firing_of_the_second_alone_opens_and_one_of_the_first_alone_ends() -> None:
    gone, fresh = firing(), firing("unsigned")
    told = differ(decision(gone), decision(fresh))
    assert told == Difference(opened=(fresh,), closed=(gone,))
    assert not told.same


def test_two_occurrences_of_a_rule_are_two_firings() -> None:
    told = differ(decision(firing()), decision(firing(), firing(occurrence="TS-2")))
    assert [one.occurrence for one in told.opened] == ["TS-2"]


def test_a_firing_that_asks_for_other_money_has_changed() -> None:
    cheap, dear = firing(), firing(blocked=HUNDRED, severity="critical")
    told = differ(decision(cheap), decision(dear))
    changed = Changed(before=cheap, after=dear, members=("severity", "blocked"))
    assert told == Difference(changed=(changed,))


def test_another_version_of_a_rule_that_says_the_same_is_no_difference() -> None:
    fine = firing(blocked=Money(amount=Decimal("100.00"), currency="EUR"), rule_version="1.1.0")
    assert differ(decision(firing(blocked=HUNDRED)), decision(fine)).same


def test_a_rule_that_could_not_be_asked_is_neither_gone_nor_the_same() -> None:
    told = differ(decision(firing()), decision(unasked=("late-time",)))
    assert told == Difference(
        incomparable=(Incomparable(rule="late-time", after=not_asked("late-time")),)
    )
    assert not told.same


def test_what_neither_could_ask_is_not_the_same_either() -> None:
    told = differ(decision(unasked=("late-time",)), decision(unasked=("late-time",)))
    assert [one.rule for one in told.incomparable] == ["late-time"]
    assert not told.same


def test_against_no_version_everything_opens_and_to_no_version_everything_ends() -> None:
    assert differ(None, decision(firing())).opened == (firing(),)
    assert differ(decision(firing()), None).closed == (firing(),)
