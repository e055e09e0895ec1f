"""Coverage in production: counted beside the decisions, by version, met again by a replay."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import ByReference, House, opened
from timework import RULESET, approved, furnish

from controlplane.database import Databases
from controlplane.replay import verify

PATH = "/v1/rulesets/time-billing/coverage"
GIVEN = {"timesheet": "TS-9", "timesheet_id": "TS-9", "rate": "senior"}


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path, sign_own_work=True) as one:
        furnish(one)
        yield one


def covered(house: House, **query: Any) -> tuple[Any, Any]:
    """Return the coverage and its one rule."""
    found = house.get(PATH, window="all", **query)
    (rule,) = found["rules"]
    return found, rule


def test_decisions_of_the_worker_and_of_the_gate_are_counted(house: House, databases: Databases):
    assert covered(house)[0]["never_fired"] == ["time-without-rate"]
    house.send(approved("1", "E-1"))
    house.send(approved("2", "E-2", rate="senior"))
    house.post("/v1/decisions/time-billing", {"facts": [GIVEN]})
    house.send(approved("3", "E-3", rate="senior"))
    found, rule = covered(house)
    assert (found["never_fired"], found["versions"]) == ([], ["1.0.0"])
    assert (rule["asked"], rule["fired"], rule["quiet"]) == (4, 1, 3)
    assert [(one["asked"], one["held"], one["failed"]) for one in rule["conditions"]] == [
        ("each: timesheet as t", 4, 0),
        ("missing(t.rate)", 1, 3),
    ]
    assert rule["conditions"][0]["seen"] == "never failed"
    assert all(one.equal for one in verify(databases, ByReference()).tables)


def test_what_the_gate_need_not_ask_again_is_counted_as_what_it_asks(house: House):
    house.send(approved("1", "E-1"))
    house.send(approved("2", "E-2", rate="senior"))
    for case in ("E-1", "E-2"):
        house.post("/v1/decisions/time-billing", {"case": case})
    house.send(approved("3", "E-3", rate="senior"))
    _, rule = covered(house)
    assert (rule["asked"], rule["fired"], rule["quiet"]) == (5, 2, 3)
    assert [(one["held"], one["failed"]) for one in rule["conditions"]] == [(5, 0), (2, 3)]


def test_each_version_has_its_own_coverage(house: House):
    house.send(approved("1", "E-1"))
    house.put_document(
        "/v1/rulesets/time-billing/versions/2.0.0", RULESET.replace("1.0.0", "2.0.0")
    )
    house.post("/v1/rulesets/time-billing/versions/2.0.0/transitions", {"to": "active"})
    house.send(approved("2", "E-2"))
    found, rule = covered(house)
    assert (found["version"], found["versions"]) == ("2.0.0", ["1.0.0", "2.0.0"])
    assert rule["fired"] == 2, "the standing case was judged again"
    assert covered(house, version="1.0.0")[1]["fired"] == 1


def test_a_window_leaves_older_days_out(house: House):
    house.send(approved("1", "E-1"))
    assert house.get(PATH, window="1d", as_of="2126-03-03T12:00:00Z")["rules"][0]["asked"] == 0
    assert house.http.get(PATH, params={"window": "soon"}).status_code == 400
    assert house.http.get("/v1/rulesets/none/coverage").status_code == 404
    assert house.http.get(PATH, params={"version": "9.9.9"}).status_code == 404
