"""A draft that its process no longer bears out is not put in force."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, opened
from timework import PROCESS, RULESET, furnish

from controlplane.database import Databases

VERSION = "/v1/rulesets/time-billing/versions/2.0.0"
BILLED = RULESET.replace("version: 1.0.0", "version: 2.0.0").replace(
    "[missing(t.rate)]", "[missing(t.rate), missing(t.invoice_issued_at)]"
)
TOUCHED = (
    "from: [work.timesheet.approved]}\nmoney",
    (
        "from: [work.timesheet.approved],\n"
        "              touched_by: {work.invoice.issued: timesheet_ids}}\nmoney"
    ),
)


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        furnish(one)
        yield one


def modelled(house: House, version: str, *changes: tuple[str, str]) -> None:
    text = PROCESS.replace("version: 1.0.0", f"version: {version}", 1)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    house.put_document("/v1/processes/time-to-invoice", text)


def test_a_draft_whose_field_is_promised_no_longer_is_not_put_in_force(house: House):
    modelled(house, "1.1.0", TOUCHED)
    house.put_document(VERSION, BILLED)
    modelled(house, "1.2.0")
    refused = house.http.post(f"{VERSION}/transitions", json={"to": "active"})
    assert refused.status_code == 422
    assert "has no field 'invoice_issued_at'" in refused.json()["detail"]
    assert [one["version"] for one in house.get("/v1/rulesets")["items"]] == ["1.0.0"]
    modelled(house, "1.3.0", TOUCHED)
    assert house.post(f"{VERSION}/transitions", {"to": "active"})["active"]


def test_a_retry_meets_the_answer_that_was_given_though_the_draft_holds_no_longer(house: House):
    modelled(house, "1.1.0", TOUCHED)
    again = {"idempotency-key": "again"}
    house.put_document(VERSION, BILLED, **again)
    moved = house.post(f"{VERSION}/transitions", {"to": "active"}, **again)
    modelled(house, "1.2.0")
    assert house.put_document(VERSION, BILLED, **again)["version"] == "2.0.0"
    assert house.post(f"{VERSION}/transitions", {"to": "active"}, **again) == moved


def test_a_rule_that_says_something_else_under_its_version_is_not_kept(house: House):
    changed = RULESET.replace("version: 1.0.0", "version: 2.0.0", 1).replace("high", "low")
    refused = house.put_document(VERSION, changed, expect=422)
    assert "raise its version, e.g. to 1.0.1" in refused["detail"]
    (error,) = refused["errors"]
    assert changed.splitlines()[error["line"] - 1].strip() == "version: 1.0.0"
    told = house.http.post("/v1/rulesets/check", content=changed.encode()).json()
    assert told["problems"] == [error]
    house.put_document(VERSION, changed.replace("version: 1.0.0", "version: 1.0.1"))


def test_a_number_is_no_time_from_which_a_version_is_in_force(house: House):
    transitions = "/v1/rulesets/time-billing/versions/1.0.0/transitions"
    refused = house.post(transitions, {"to": "retired", "effective_from": 5}, expect=400)
    assert [one["pointer"] for one in refused["errors"]] == ["/effective_from"]
