"""Facts given to the gate without a case: what was left out lets nothing pass."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import House, opened
from timework import RULESET, approved, furnish

from controlplane.database import Databases

GATE = "/v1/decisions/time-billing"
RATED = {"timesheet": "TS-9", "timesheet_id": "TS-9", "rate": "senior"}
UNRATED = {"timesheet": "TS-9", "timesheet_id": "TS-9"}
CASE = {"case": "E-9", "process": "time-to-invoice"}
OF_BOTH = """
  - rule: time-of-a-strange-stage
    version: 1.0.0
    title: Time of a strange stage
    severity: high
    type: STAGE
    when:
      - each: timesheet as t
      - each: case as c
        where: [c.stage == "strange"]
    outcome: warning
    reason: "Timesheet {t.timesheet_id} is in {c.stage}."
  - rule: strange-case
    version: 1.0.0
    title: A strange case
    severity: high
    type: STRANGE
    when:
      - each: case as c
        where: [c.stage == "strange"]
    outcome: blocked
    reason: "The case is in {c.stage}."
"""


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        furnish(one, rules=False)
        one.put_document("/v1/rulesets/time-billing/versions/1.0.0", RULESET + OF_BOTH)
        one.post("/v1/rulesets/time-billing/versions/1.0.0/transitions", {"to": "active"})
        yield one


def ask(house: House, *facts: dict[str, Any], **others: Any) -> Any:
    return house.post(GATE, {"facts": facts, **others})


def test_a_fact_that_was_forgotten_lets_nothing_pass(house: House):
    answer = ask(house, RATED)
    assert answer["outcome"] == "not_evaluated"
    assert answer["evaluated"] == ["time-without-rate"]
    assert answer["not_asked"] == ["strange-case"]
    assert answer["not_evaluated"] == [
        {
            "rule": "time-of-a-strange-stage",
            "because": "no case was given",
            "reason": "fact-not-given",
        }
    ]
    assert ask(house, RATED, CASE)["outcome"] == "clear"


def test_a_rule_about_nothing_that_was_given_is_not_asked_and_says_so(house: House):
    quiet = {one["rule"]: one for one in ask(house, RATED)["not_fired"]}
    assert quiet["strange-case"] == {
        "rule": "strange-case",
        "because": "no case was given",
        "applies": False,
    }


def test_what_holds_of_the_facts_given_blocks_whatever_was_forgotten(house: House):
    answer = ask(house, UNRATED)
    assert answer["outcome"] == "blocked"
    assert [one["reason"] for one in answer["not_evaluated"]] == ["fact-not-given"]


def test_what_is_said_to_be_absent_was_not_forgotten(house: House):
    assert ask(house, RATED, absent=["case"])["outcome"] == "clear"
    body = {"facts": [RATED], "absent": ["csae"]}
    refused = house.post(GATE, body, expect=422)
    assert refused["errors"][0]["pointer"] == "/absent/0"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"facts": [RATED], "absent": ["case", "timesheet"]}, "/absent/1"),
        ({"case": "E-1", "absent": ["timesheet"]}, "/absent"),
    ],
)
def test_what_is_there_is_not_said_to_be_absent(house: House, body: dict[str, Any], pointer: str):
    assert house.post(GATE, body, expect=422)["errors"][0]["pointer"] == pointer


def test_a_case_is_a_closed_world(house: House):
    house.send(approved("1", "E-1", rate="senior"))
    answer = house.post(GATE, {"case": "E-1"})
    assert (answer["outcome"], answer["not_evaluated"]) == ("clear", [])


@pytest.mark.parametrize("facts", [[], [{"clock": "time-invoiced"}]])
def test_facts_that_no_rule_looks_at_are_no_question(house: House, facts: list[Any]):
    refused = house.post(GATE, {"facts": facts}, expect=422)
    assert refused["type"] == "/problems/invalid-facts"
    assert refused["errors"][0]["pointer"] == "/facts"


def test_a_decision_is_read_under_the_names_it_was_given(house: House):
    answer = ask(house, UNRATED)
    told = house.get(f"/v1/decisions/{answer['decision_id']}")
    assert {name: told[name] for name in answer} == answer
