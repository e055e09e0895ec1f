"""A decision explained: its facts as they stood, the events that reported them, every rule."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import House, opened
from timework import RULESET, approved, furnish

from controlplane.database import Databases

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
GATE = "/v1/decisions/time-billing"
UNRATED = {
    "timesheet": "TS-9",
    "timesheet_id": "TS-9",
    "amount": {"amount": "800.00", "currency": "EUR"},
}


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        furnish(one)
        yield one


def traced(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "traceparent": f"00-{TRACE}-{SPAN}-01"}


def decisions(house: House, case: str) -> list[Any]:
    """Return the decisions about *case*, the oldest first."""
    (one,) = house.get("/v1/processes/time-to-invoice/instances", case=case)["items"]
    found = house.get(f"/v1/instances/{one['id']}/decisions", latest="false")["items"]
    return [house.get(f"/v1/decisions/{each['decision_id']}") for each in found[::-1]]


def test_a_decision_names_the_event_and_the_span_under_each_datum(house: House):
    house.send(traced(approved("1", "E-1")))
    (decision,) = decisions(house, "E-1")
    (timesheet,) = decision["facts"]
    assert (timesheet["type"], timesheet["title"]) == ("timesheet", "timesheet TS-1")
    values = {one["field"]: one for one in timesheet["values"]}
    assert values["amount"]["value"] == "EUR 800.00"
    source = decision["events"][values["amount"]["event"]]
    assert (source["source"], source["id"], source["title"]) == ("/psa", "1", "Time approved")
    assert (source["at"], source["trace_id"], source["span_id"]) == (
        "2026-03-02T09:30:00Z",
        TRACE,
        SPAN,
    )
    (rule,) = decision["rules"]
    assert rule["sentence"] == "Timesheet TS-1 has no rate. EUR 800.00 is blocked."
    (condition,) = rule["conditions"]
    assert (condition["asked"], condition["state"]) == ("missing(t.rate)", "held")
    assert condition["words"] == "Timesheet TS-1: rate is missing."


def test_a_decision_is_told_by_the_facts_that_it_was_decided_on(house: House):
    house.send(traced(approved("1", "E-1")))
    house.send({**approved("2", "E-1", timesheet_id="TS-1", rate="senior"), "source": "/hr"})
    before, after = decisions(house, "E-1")
    assert before["rules"][0]["state"] == "fired"
    (rule,) = after["rules"]
    assert (rule["state"], rule["sentence"]) == ("quiet", "Timesheet TS-1: rate is senior.")
    (datum,) = rule["conditions"][0]["data"]
    assert after["events"][datum["event"]]["source"] == "/hr"
    amount = next(one for one in after["facts"][0]["values"] if one["field"] == "amount")
    assert after["events"][amount["event"]]["source"] == "/psa", "said first, and not changed since"


def test_a_resolved_exception_is_explained_by_what_it_was_about(house: House):
    for number in ("1", "2"):
        house.send(approved(number, "E-1", timesheet_id=f"TS-{number}", rate="senior"))
    *_, last = decisions(house, "E-1")
    told = house.get(f"/v1/decisions/{last['decision_id']}", occurrence="TS-2")
    assert [one["sentence"] for one in last["rules"]] == ["Timesheet TS-1: rate is senior."]
    assert [one["sentence"] for one in told["rules"]] == ["Timesheet TS-2: rate is senior."]


def test_facts_given_at_the_gate_are_explained_without_an_event(house: House):
    answer = house.post(GATE, {"facts": [UNRATED]})
    found = house.get(f"/v1/decisions/{answer['decision_id']}")
    assert found["rules"][0]["sentence"] == "Timesheet TS-9 has no rate. EUR 800.00 is blocked."
    assert found["facts"][0]["id"] == "TS-9"
    assert found["events"] == {}


def test_a_fact_given_that_no_rule_looks_at_hides_none_of_the_others(house: House):
    answer = house.post(GATE, {"facts": [UNRATED, {"case": "E-9", "stage": "delivery"}]})
    found = house.get(f"/v1/decisions/{answer['decision_id']}")
    assert [one["id"] for one in found["facts"] or ()] == ["TS-9"]


def test_a_case_asked_about_at_the_gate_is_explained_with_what_the_caller_gave(house: House):
    house.send(approved("1", "E-1"))
    answer = house.post(GATE, {"case": "E-1", "facts": [{**UNRATED, "rate": "senior"}]})
    found = house.get(f"/v1/decisions/{answer['decision_id']}")
    assert [one["id"] for one in found["facts"]] == ["TS-1", "TS-9"]
    assert [one["sentence"] for one in found["rules"]] == [
        "Timesheet TS-1 has no rate. EUR 800.00 is blocked."
    ]


def test_a_case_that_was_joined_since_is_told_from_the_ledger(house: House):
    house.send(approved("1", "E-1"))
    house.send(approved("2", "E-2"))
    house.put("/v1/aliases", {"process": "time-to-invoice", "case": "E-1", "aliases": ["E-2"]})
    told = decisions(house, "E-1")
    ledger = [one for one in told if one["facts"] is None]
    assert ledger
    for one in ledger:
        (rule,) = one["rules"]
        assert (rule["state"], rule["conditions"]) == ("fired", [])
        assert rule["sentence"].endswith("has no rate. EUR 800.00 is blocked.")
    assert told[-1]["facts"] is not None


def test_a_decision_by_a_version_that_is_no_longer_in_force_is_told_by_that_version(house: House):
    house.send(approved("1", "E-1"))
    text = RULESET.replace("version: 1.0.0", "version: 2.0.0").replace(
        "[missing(t.rate)]", '[t.rate == "none"]'
    )
    text = text.replace("fires: [TS-1]", "fires: []")
    house.put_document("/v1/rulesets/time-billing/versions/2.0.0", text)
    house.post("/v1/rulesets/time-billing/versions/2.0.0/transitions", {"to": "active"})
    told = decisions(house, "E-1")
    assert [one["ruleset_version"] for one in told] == ["1.0.0", "2.0.0"]
    assert [one["rules"][0]["sentence"] for one in told] == [
        "Timesheet TS-1 has no rate. EUR 800.00 is blocked.",
        "Timesheet TS-1: rate is missing.",
    ]


def test_the_stage_of_a_case_is_told_by_the_event_that_reached_it_not_by_the_last(house: House):
    text = RULESET.replace("version: 1.0.0", "version: 2.0.0").replace(
        "where: [missing(t.rate)]",
        'where: [missing(t.rate)]\n      - each: case as c\n        where: [c.stage == "approve"]',
    )
    text = text.replace("given: [", "given: [{case: E-1, stage: approve}, ")
    house.put_document("/v1/rulesets/time-billing/versions/2.0.0", text)
    house.post("/v1/rulesets/time-billing/versions/2.0.0/transitions", {"to": "active"})
    house.send(approved("1", "E-1"))
    house.send({**approved("2", "E-1"), "time": "2026-03-03T09:30:00Z"})
    told = decisions(house, "E-1")[-1]["rules"]
    data = [datum for rule in told for one in rule["conditions"] for datum in one["data"]]
    assert {one["event"] for one in data if one["field"] == "stage"} == {"/psa/1"}
