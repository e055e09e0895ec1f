"""What is likely to break, told over HTTP from a history of cases, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from house import House, opened
from invoiced import LATE_EVERY, NOW, START, history, step
from timework import furnish

from controlplane.database import Databases


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        furnish(one, rules=False)
        one.send(*history(), backfill="true")
        one.send(step(90, "timesheet-approved", NOW - timedelta(minutes=1)), backfill="true")
        yield one


def test_a_promise_that_runs_is_told_from_those_that_ended(house: House):
    asked = {"process": "time-to-invoice", "as_of": NOW.isoformat()}
    found = house.get("/v1/forecast", **asked, until=(NOW + timedelta(days=7)).isoformat())
    (one,) = found["items"]
    assert (one["case"], one["used"], found["clocks"], found["told"]) == ("E-90", 0.0, 1, 1)
    told = one["forecast"]
    assert (told["sample"], told["like"]) == (40, "promise and step")
    assert told["chance"] == pytest.approx(1 / LATE_EVERY, abs=0.02)
    assert found["expected_breaches"] == told["chance"]
    assert NOW.isoformat() < told["expected_at"] < one["due_at"]
    case = house.get(f"/v1/instances/{one['instance']}/forecast", as_of=NOW.isoformat())
    assert case["items"] == [one]
    sure = house.get("/v1/forecast", **asked, until="2026-03-09T08:00:00Z", at_least=0.5)
    assert (sure["items"], sure["clocks"]) == ([], 1)
    early = house.get("/v1/forecast", **asked, until=NOW.isoformat())
    assert early["clocks"] == 0


def test_without_enough_history_nothing_is_foretold(house: House):
    when = (START + timedelta(days=1)).isoformat()
    found = house.get(
        "/v1/forecast", process="time-to-invoice", as_of=when, until="2026-03-09T08:00:00Z"
    )
    assert found["clocks"] > 0
    assert found["told"] == 0
    assert all(one["forecast"] is None for one in found["items"])


def test_forecasts_of_the_past_are_held_against_what_came(house: House):
    told = house.get(
        "/v1/forecast/calibration", process="time-to-invoice", weeks=7, as_of=NOW.isoformat()
    )
    seen = told["calibration"]
    assert seen["forecasts"] > 0
    assert sum(one["forecasts"] for one in seen["bins"]) == seen["forecasts"]
    assert 0 <= seen["brier"] <= 1


def test_what_is_not_there_is_told(house: House):
    assert house.http.get("/v1/forecast", params={"process": "nothing"}).status_code == 404
    assert house.http.get("/v1/instances/nothing/forecast").status_code == 404
    assert house.http.get("/v1/forecast").status_code == 400
