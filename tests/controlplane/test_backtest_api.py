"""A backtest over HTTP: begun, looked at, cancelled, and kept when it is over."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from backtesting import CASES, DEARER, VERSION, told
from house import House, opened
from projecting import ByReference
from timework import approved, furnish

from controlplane.database import Databases
from controlplane.replay import verify

PATIENCE_SECONDS = 60


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        furnish(one)
        yield one


def begun(house: House, **asked: Any) -> str:
    house.put_document(VERSION, DEARER)
    answer = house.http.post(f"{VERSION}/backtest", json=asked, headers={"idempotency-key": "b"})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/backtests/{answer.json()['id']}"
    return str(answer.headers["location"])


def over(house: House, path: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := house.get(path))["status"] == "running":
        assert time.monotonic() < deadline, found
        Event().wait(0.05)
    return found


def test_a_draft_is_tried_on_history_and_what_it_would_change_is_kept(house: House):
    told(house)
    path = begun(house)
    found = over(house, path)
    assert (found["status"], found["version"], found["against"]) == ("done", "1.1.0", "1.0.0")
    assert found["result"]["standing"]["closed"] == 1
    (closed,) = [one for one in found["result"]["samples"] if one["kind"] == "closed"]
    assert closed["case"] == "E-0"
    assert house.get(f"/v1/instances/{closed['instance']}")["case"] == "E-0"
    assert house.get(f"/v1/exceptions/{closed['exception']}")["rule"] == "time-without-rate"
    (listed,) = house.get("/v1/backtests", ruleset="time-billing")["items"]
    assert listed == {name: one for name, one in found.items() if name != "result"}
    active = house.get("/v1/rulesets")["items"]
    assert [one["version"] for one in active] == ["1.0.0"]


def test_who_tried_which_version_stands_in_the_ledger_and_a_replay_finds_the_same(
    house: House, databases: Databases
):
    told(house)
    path = begun(house)
    over(house, path)
    (entry,) = house.get("/v1/audit", action="ruleset:version:backtested")["items"]
    assert (entry["actor"], entry["subject"]) == ("local", "time-billing")
    assert entry["detail"]["backtest"] == path.rpartition("/")[2]
    assert [one.table for one in verify(databases, ByReference()).tables if not one.equal] == []


def test_rules_that_are_still_being_written_are_tried_and_not_kept(house: House):
    told(house)
    answer = house.http.post("/v1/rulesets/backtest", params={"against": "none"}, content=DEARER)
    assert answer.status_code == 202, answer.text
    found = over(house, answer.headers["location"])
    assert (found["against"], found["result"]["standing"]["opened"]) == (None, 1)
    assert house.http.get(VERSION).status_code == 404


def test_a_backtest_that_was_asked_for_twice_runs_once(house: House):
    told(house)
    path = begun(house)
    again = house.http.post(f"{VERSION}/backtest", json={}, headers={"idempotency-key": "b"})
    assert (again.status_code, again.headers["location"]) == (202, path)
    over(house, path)
    assert len(house.get("/v1/backtests")["items"]) == 1


def test_few_run_at_a_time_and_one_that_is_cancelled_ends_at_once(house: House):
    told(house, CASES)
    path = begun(house)
    refused = house.http.post("/v1/rulesets/backtest", content=DEARER)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/backtest-running")
    house.post(f"{path}/cancel", {}, expect=200)
    found = house.get(path)
    assert (found["status"], found["result"], found["progress"]) == ("cancelled", None, None)
    again = house.http.post(f"{path}/cancel")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/backtest-over")
    answer = house.http.post("/v1/rulesets/backtest", content=DEARER)
    assert over(house, answer.headers["location"])["status"] == "done"


def test_traffic_is_decided_while_history_is_looked_through(house: House):
    told(house, CASES)
    path = begun(house)
    house.send(approved("new", "E-new"))
    assert house.get("/v1/exceptions", case="E-new")["total"] == 1
    assert house.post("/v1/decisions/time-billing", {"case": "E-new"})["outcome"] == "blocked"
    assert house.get(path)["status"] == "running"
    found = over(house, path)
    assert found["result"]["cases"]["compared"] == CASES  # what came later is behind the offset


def test_a_backtest_whose_server_is_gone_is_interrupted_and_may_be_asked_for_again(
    databases: Databases, tmp_path: Path
):
    with opened(databases, tmp_path) as house:
        furnish(house)
        told(house, CASES)
        path = begun(house)
    with opened(databases, tmp_path) as house:
        one = house.get(path)
        assert (one["status"], one["because"]) == (
            "interrupted",
            "the server that ran it has stopped; ask for it again",
        )
        again = house.http.post(f"{VERSION}/backtest", json={}, headers={"idempotency-key": "b"})
        assert (again.status_code, again.headers["location"]) == (202, path)
        assert over(house, path)["status"] == "done"


@pytest.mark.parametrize(
    ("asked", "status", "pointer"),
    [
        ({"against": "9.9.9"}, 404, None),
        ({"process": "hire-to-retire"}, 422, "/process"),
        ({"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, 422, "/to"),
        ({"cases": 0}, 400, None),
    ],
)
def test_what_cannot_be_looked_at_is_refused_and_holds_no_place(
    house: House, asked: dict[str, Any], status: int, pointer: str | None
):
    house.put_document(VERSION, DEARER)
    refused = house.http.post(f"{VERSION}/backtest", json=asked)
    assert refused.status_code == status, refused.text
    assert pointer in (None, *(one["pointer"] for one in refused.json().get("errors", [])))
    assert house.get("/v1/backtests")["items"] == []
    assert house.http.post(f"{VERSION}/backtest", json={}).status_code == 202


def test_rules_that_do_not_hold_are_not_tried(house: House):
    unsound = DEARER.replace("missing(t.rate)", "missing(t.nonsense)")
    refused = house.http.post("/v1/rulesets/backtest", content=unsound)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-ruleset")


def test_a_version_or_a_backtest_that_is_not_there_is_not_found(house: House):
    assert house.http.post(f"{VERSION}/backtest", json={}).status_code == 404
    assert house.http.get("/v1/backtests/none").status_code == 404
    assert house.http.post("/v1/backtests/none/cancel").status_code == 404
