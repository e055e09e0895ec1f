"""Handling that is late is told once for each promise."""

from datetime import timedelta

from fired import LATER, NOON, opened

from governance.exception.escalating import escalate, lateness, next_escalation

HOUR = timedelta(hours=1)
DUE = {"handling_due_at": NOON + HOUR, "resolve_due_at": NOON + 8 * HOUR}


def test_nobody_is_told_of_what_is_in_time():
    assert escalate(opened(**DUE), at=NOON) is None
    assert next_escalation(opened(**DUE)) == NOON + HOUR


def test_what_nobody_took_on_is_escalated_once_and_again_when_it_is_not_resolved():
    first = escalate(opened(**DUE), at=LATER)
    assert (first.exception.escalated, first.line.action) == (1, "escalated")
    assert first.line.note == "nobody has taken it on by 2026-03-02T13:00:00Z"
    assert escalate(first.exception, at=LATER) is None
    assert next_escalation(first.exception) == NOON + 8 * HOUR
    second = escalate(first.exception, at=NOON + 8 * HOUR)
    assert second.line.note == "it is not resolved by 2026-03-02T20:00:00Z"
    assert next_escalation(second.exception) is None


def test_who_took_it_on_is_late_only_when_it_is_not_resolved():
    taken = opened(**DUE, state="acknowledged", acknowledged_at=NOON)
    assert lateness(taken, at=LATER) == 0
    assert next_escalation(taken) == NOON + 8 * HOUR


def test_a_promised_date_is_late_before_the_policys_own():
    promised = opened(**DUE, state="acknowledged", acknowledged_at=NOON, promised_at=LATER)
    assert lateness(promised, at=LATER) == 2


def test_what_is_waived_or_resolved_is_never_late():
    for state in ("waived", "resolved"):
        assert lateness(opened(**DUE, state=state), at=NOON + 9 * HOUR) == 0
        assert next_escalation(opened(**DUE, state=state)) is None
