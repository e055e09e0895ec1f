"""What `rules explain` prints of one decision."""

from datetime import UTC, datetime

import pytest

from controlplane.cli.telling import Decision, Rule, told


@pytest.mark.parametrize(("outcome", "mark"), [("blocked", "✗"), ("warning", "!")])
def test_what_is_only_warned_of_looks_otherwise_than_what_failed(outcome: str, mark: str):
    rule = Rule(
        rule="late-time",
        version="1.0.0",
        title="Time is late",
        question="Was it in time?",
        owner="finance",
        state="fired",
        sentence="Timesheet TS-1 is late.",
        outcome=outcome,
        row=0,
        blocked=None,
        exposure=None,
        conditions=(),
    )
    decision = Decision(
        decision_id="d-1",
        at=datetime(2026, 3, 2, tzinfo=UTC),
        process="quote-to-cash",
        ruleset="time",
        ruleset_version="1.0.0",
        asked_by=None,
        events={},
        rules=(rule,),
    )
    _, line = told([decision], whole=False)
    assert line == f"{mark} Timesheet TS-1 is late. Rule late-time 1.0.0, owner Finance."
