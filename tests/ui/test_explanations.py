"""Explained rules as the case shows them."""

from datetime import UTC, datetime

from ui.records.explanation import (
    Condition,
    Datum,
    ExplainedDecision,
    ExplainedRule,
    SourceEvent,
)
from ui.views.explanations import events_under, explained_html, told_state

EVENT = SourceEvent(
    source="/psa",
    id="TS-1 done",
    title="Time approved",
    at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    trace_id="0af7",
    span_id="b7ad",
)


def rule(state: str, name: str = "rate-agreed", **changes: object) -> ExplainedRule:
    condition = Condition(
        asked="missing(t.rate)",
        state="held",
        words="Timesheet TS-1: rate is missing.",
        data=(Datum(label="rate", event="/psa/TS-1 done"),),
    )
    given = {"title": "No rate", "sentence": "It is so.", "conditions": (condition,), **changes}
    return ExplainedRule(rule=name, version="1.0.0", state=state, **given)


def shown(*rules: ExplainedRule) -> str:
    decision = ExplainedDecision(
        ruleset="billing", rules=rules, events={"/psa/TS-1 done": EVENT}, at=EVENT.at
    )
    return explained_html("i-1", [decision])


def test_what_failed_comes_first_and_what_had_nothing_to_ask_about_last():
    html = shown(
        rule("not_asked", title="Apart", conditions=()),
        rule("quiet", title="Passed one"),
        rule("not_evaluated", title="Unchecked"),
        rule("fired", title="Failed one", outcome="blocked"),
    )
    places = [html.index(one) for one in ("Failed one", "Unchecked", "Passed one", "Apart")]
    assert places == sorted(places)
    assert "1 rule had nothing to ask about" in html


def test_each_datum_leads_to_its_event_and_span():
    html = shown(rule("fired", outcome="blocked"))
    assert "Timesheet TS-1: rate is missing." in html
    assert 'href="case?instance=i-1&amp;event=TS-1%20done"' in html
    assert "TS-1 done of /psa · trace 0af7 · span b7ad" in html
    assert "Time approved · " in html


def test_a_rule_that_was_asked_of_nothing_stands_beside_the_others():
    assert told_state(rule("quiet", conditions=())) == "beside"
    assert told_state(rule("quiet")) == "quiet"
    assert told_state(rule("fired", conditions=())) == "fired"


def test_the_data_under_a_sum_are_its_sources():
    total = Datum(label="sum", counted=2, rests_on=(Datum(event="a"), Datum(event="b")))
    assert list(events_under(total)) == ["a", "b"]


def test_what_a_rule_says_is_shown_as_text():
    assert "&lt;b&gt;" in shown(rule("fired", sentence="<b>"))
