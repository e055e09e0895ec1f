"""`controlplane exceptions`: what is broken is looked at and worked from a terminal."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from house import House, opened
from timework import RULESET, approved, furnish
from typer.testing import CliRunner, Result

from controlplane.cli import exceptions, working
from controlplane.cli.main import app
from controlplane.database import Databases

ROLES = {"ana": "contributor", "sam": "steward", "sue": "steward"}
HANDLING = """
handling: default
version: 1.0.0
classes: [{types: [RATE_MISSING], team: delivery, next_step: Agree the rate.}]
causes:
  - {cause: no-rates, title: Rates are missing, matchers: [type = RATE_MISSING], by: [rule]}
priorities: [{currency: EUR, p1: 5000, p2: 1000, p3: 100}]
"""


@pytest.fixture
def house(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        tokens = {
            name: one.post("/v1/keys", {"name": name, "role": role}, expect=201)["token"]
            for name, role in ROLES.items()
        }
        furnish(one)
        one.put_document("/v1/handling", HANDLING)
        one.send(approved("1", "E-1"), approved("2", "E-2"))

        @contextmanager
        def here(_url: str | None, token: str | None) -> Iterator[httpx.Client]:
            one.http.headers.pop("authorization", None)
            if token:
                one.http.headers["authorization"] = f"Bearer {tokens[token]}"
            yield one.http

        for module in (exceptions, working):
            monkeypatch.setattr(module, "reaching", here)
        yield one


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["exceptions", *map(str, arguments)])


def said(*arguments: object) -> str:
    told = run(*arguments)
    assert told.exit_code == 0, told.output
    return told.output


def standing(house: House) -> list[str]:
    return [one["id"] for one in json.loads(said("list", "--json"))["items"]]


def test_a_waiver_is_asked_for_by_one_approved_by_another_and_the_exception_is_gone(house: House):
    one, other = standing(house)
    asking = ("waive", one, "--until", "2999-01-01", "--reason", "The client agreed.")
    assert "open, with nobody, waiver asked until 1 Jan 2999" in said(*asking, "--token", "sam")
    assert one in said("list", "--asked")
    own = run("approve", one, "--token", "sam")
    assert "Somebody else approves it" in str(own.exception)
    contributor = run("approve", one, "--token", "ana")
    assert "403" in str(contributor.exception)
    assert "waived, with nobody" in said("approve", one, "--token", "sue")
    assert standing(house) == [other]
    history = [line["action"] for line in house.get(f"/v1/exceptions/{one}")["history"]]
    assert history == ["opened", "waiver-asked", "waived"]


def test_a_waiver_that_is_refused_leaves_the_exception_where_it_was(house: House):
    one, _ = standing(house)
    said("waive", one, "--until", "2999-01-01", "--reason", "Small.", "--token", "ana")
    assert "open" in said("refuse", one, "--reason", "Bill it.", "--token", "sue")
    assert house.get(f"/v1/exceptions/{one}")["waiver"] is None


def test_what_one_cause_broke_is_worked_at_once_and_its_money_is_counted_once(house: House):
    (line,) = [one for one in said("incidents").splitlines() if "IN-" in one]
    assert all(word in line for word in ("P3", "Rates are missing", "EUR 1,600.00", "delivery"))
    (incident,) = json.loads(said("incidents", "--json"))["items"]
    assert (incident["cases"], incident["exceptions"]) == (2, 2)
    shown = said("show", incident["id"])
    assert all(one in shown for one in ("Rates are missing", "EUR 1,600.00", *standing(house)))
    assert len(json.loads(said("show", incident["id"], "--json"))["members"]) == 2
    assert "2 done" in said("acknowledge", incident["id"], "--by", "2999-01-01")
    assert {one["state"] for one in house.get("/v1/exceptions")["items"]} == {"acknowledged"}
    assert "2 done" in said("assign", incident["id"], "ana")
    assert len(json.loads(said("list", "--incident", incident["id"], "--json"))["items"]) == 2
    assert "2 done" in said("resolve", incident["id"], "--reason", "Rates came by mail.")
    assert "404" in str(run("comment", incident["id"], "hello").exception)


def test_what_was_resolved_is_reopened_and_stands(house: House):
    one, _ = standing(house)
    said("resolve", one, "--reason", "billed by hand")
    assert one not in standing(house)
    assert "open" in said("reopen", one, "--reason", "The client refused it.", "--token", "ana")
    assert one in standing(house)
    refused = run("reopen", one, "--reason", "again")
    assert "there is nothing to reopen" in str(refused.exception)


def test_one_is_shown_with_its_next_step_and_what_hangs_on_it(house: House):
    one, _ = standing(house)
    told = said("show", one)
    assert "next      Agree the rate." in told
    assert "incident  Rates are missing" in told
    assert "2 cases are hit by the same cause, EUR 1,600.00 blocked" in told
    stepped = RULESET.replace("version: 1.0.0", "version: 1.1.0").replace(
        "    severity: high", "    next_step: Ask the lead.\n    severity: high"
    )
    house.put_document("/v1/rulesets/time-billing/versions/1.1.0", stepped)
    path = "/v1/rulesets/time-billing/versions/1.1.0/transitions"
    house.post(path, {"to": "active"})
    assert "next      Ask the lead." in said("show", one)


def test_the_list_is_narrowed_by_class_and_by_priority(house: House):
    assert len(json.loads(said("list", "--class", "RATE_MISSING", "--json"))["items"]) == 2
    assert json.loads(said("list", "--class", "PO_EXPIRED", "--json"))["items"] == []
    assert len(json.loads(said("list", "--priority", "P1,P2,P3", "--json"))["items"]) == 2
    assert json.loads(said("list", "--late", "--json"))["items"] == []


def test_a_policy_that_cannot_be_followed_is_refused_with_its_line(house: House):
    broken = HANDLING.replace("by: [rule]", "by: []").replace("1.0.0", "1.0.1")
    refused = house.put_document("/v1/handling", broken, expect=422)
    assert refused["errors"][0]["pointer"] == "/causes/0/by"
    assert house.get("/v1/handling")["version"] == "1.0.0"
