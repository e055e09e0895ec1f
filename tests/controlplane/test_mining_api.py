"""How groups of cases flow, over HTTP, on both databases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import House, opened
from timework import PROCESS as MODEL
from timework import approved, furnish

from controlplane.api import mining
from controlplane.database import Databases
from observability.event import IMPORTED
from observability.mining import stores as mining_stores
from observability.mining.stores import Bound
from observability.rollup import exact_stores

PROCESS = "/v1/processes/time-to-invoice"


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        furnish(one, rules=False)
        one.put_document("/v1/processes/time-to-invoice", changed(MODEL))
        one.send(*EVENTS)
        yield one


def changed(model: str) -> str:
    """Return *model* with cases that are described, and steps that may say who took them."""
    described = "entities:\n  engagement: {key: engagement_id, from: [work.timesheet.approved]}\n"
    return (
        model.replace("version: 1.0.0", "version: 2.0.0")
        .replace("keys: [engagement_id]", "case: engagement\nkeys: [engagement_id]")
        .replace("owner: finance\nkeys", "owner: finance\nperformed_by: [role]\nkeys")
        .replace("owner: finance\ncase", "owner: finance\nperformed_by: [role]\ncase")
        .replace("entities:\n", described)
    )


def reported(id_: str, case: str, activity: str, at: str, **data: str) -> dict[str, Any]:
    return {
        **approved(id_, case, **data),
        "time": f"2026-03-{at}:00Z",
        "bizprocess": "time-to-invoice",
        "bizcase": case,
        "bizactivity": activity,
    }


EVENTS = [
    reported("1", "E-1", "timesheet-approved", "02T09:00", client="Acme", role="consultant"),
    reported("2", "E-1", "invoice-issued", "03T09:00", client="Acme"),
    reported("3", "E-2", "timesheet-approved", "04T09:00", client="Acme"),
    reported("4", "E-2", "invoice-issued", "05T09:00", client="Acme"),
    reported("5", "E-3", "timesheet-approved", "06T09:00", client="Blue"),
    reported("6", "E-3", "invoice-issued", "10T09:00", client="Blue"),
]


def test_an_attribute_that_no_database_keeps_is_refused(house: House):
    asked = {"attribute": "cli\0ent", "value": "Acme"}
    assert house.http.get(f"{PROCESS}/picture", params=asked).status_code == 422


def test_two_clients_are_compared_and_it_is_told_where_the_slower_one_waits(house: House):
    told = house.get(f"{PROCESS}/comparison", attribute="client", left="Acme", right="Blue")
    assert (told["left"]["cases"], told["right"]["cases"]) == (2, 1)
    found = told["comparison"]
    assert found["adds_seconds"] == 3 * 24 * 3600.0
    (way,) = found["ways"]
    assert (way["from"], way["to"], way["adds_seconds"]) == (
        "timesheet-approved",
        "invoice-issued",
        found["adds_seconds"],
    )
    assert found["enough"] is False


def test_cases_that_began_before_and_after_a_day_are_compared(house: House):
    told = house.get(f"{PROCESS}/comparison", split="2026-03-05T00:00:00Z")
    assert (told["left"]["cases"], told["right"]["cases"]) == (2, 1)


def test_a_hand_over_is_told_by_who_took_the_steps(house: House):
    told = house.get(f"{PROCESS}/handovers")
    assert (told["cases"], told["looked_at"]) == (3, 3)
    named = {(one["kind"], one["from"], one["to"], one["took"]["count"]) for one in told["items"]}
    assert named == {("team", "consultant", "finance", 1), ("team", "delivery", "finance", 2)}


def test_a_bottleneck_says_how_many_steps_said_how_long_they_took(house: House):
    told = house.get(f"{PROCESS}/bottlenecks", attribute="client", value="Acme")
    (one,) = told["items"]
    assert (one["waiting_seconds"], one["share"]) == (2 * 24 * 3600.0, 1.0)
    assert (told["passages"], told["timed"]) == (2, 0)


def test_medians_of_very_many_steps_are_exact_when_that_is_asked_for(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    known = house.get(f"{PROCESS}/flow")
    monkeypatch.setattr(exact_stores, "STEPS", 0)
    (edge,) = house.get(f"{PROCESS}/flow")["edges"]
    assert edge["median_seconds"] == pytest.approx(24 * 3600, rel=1 / 16)
    assert house.get(f"{PROCESS}/flow") != known
    assert house.get(f"{PROCESS}/flow", exact="true") == known


def test_of_very_many_steps_no_more_is_read_than_is_quickly(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    groups: list[dict[str, str]] = [
        {"since": "2026-03-04T09:00:00Z"},
        {"until": "2026-03-06T09:00:00Z"},
        {"since": "2026-03-03T01:00:00Z", "until": "2026-03-05T00:00:00Z"},
        {"variant": house.get(f"{PROCESS}/variants")["items"][0]["variant"]},
        {"attribute": "client", "value": "Acme"},
    ]
    known = [house.get(f"{PROCESS}/picture", **one) for one in groups]
    assert [one["cases"] for one in known] == [2, 2, 1, 3, 2]
    monkeypatch.setattr(exact_stores, "STEPS", 0)
    for density in (0, 100):  # looked for by sorting the group's own, and among all
        monkeypatch.setattr(mining_stores, "DENSE", density)
        assert [house.get(f"{PROCESS}/picture", **one) for one in groups] == known
    monkeypatch.setattr(mining, "_QUICK", Bound(cases=10, steps=2))
    told = house.get(f"{PROCESS}/picture", **groups[0])
    assert (told["cases"], told["looked_at"], told["picture"]["events"]) == (2, 1, 2)


def test_two_periods_of_whole_days_are_told_of_all_their_cases_though_none_is_looked_at(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    asked = {"split": "2026-03-05T00:00:00Z"}
    known = house.get(f"{PROCESS}/comparison", **asked)
    monkeypatch.setattr(mining, "_HALF", Bound(cases=1, steps=1))
    monkeypatch.setattr(exact_stores, "STEPS", 100)
    monkeypatch.setattr(exact_stores, "WALKS", 2)
    told = house.get(f"{PROCESS}/comparison", **asked)
    assert (told["left"], told["right"]) == (known["left"], known["right"])
    for name in ("adds_seconds", "activities", "enough"):
        assert told["comparison"][name] == known["comparison"][name]
    (one,), (other,) = (each["comparison"]["ways"] for each in (told, known))
    assert one["adds_seconds"] == other["adds_seconds"]
    assert one["left_median_seconds"] == pytest.approx(other["left_median_seconds"], rel=1 / 4)
    later = house.get(f"{PROCESS}/comparison", split="2026-03-05T00:00:01Z")
    assert [later[side]["looked_at"] for side in ("left", "right")] == [1, 1]


def test_a_sample_is_called_one(house: House):
    told = house.get(f"{PROCESS}/picture", cases=1)
    assert (told["cases"], told["looked_at"], told["picture"]["cases"]) == (3, 1, 1)


REFUSED: list[tuple[str, dict[str, str], str]] = [
    ("comparison", {}, "/split"),
    ("comparison", {"split": "2026-03-05T00:00:00Z", "attribute": "client"}, "/split"),
    ("comparison", {"attribute": "client", "left": "Acme"}, "/split"),
    ("comparison", {"split": "yesterday"}, "/split"),
    ("comparison", {"split": "2026-03-05T00:00:00Z", "since": "x"}, "/since"),
    ("picture", {"attribute": "client"}, "/value"),
    ("instances", {"state": "open"}, "/state"),
]


def test_what_cannot_be_compared_is_said(house: House):
    for path, asked, pointer in REFUSED:
        answer = house.http.get(f"{PROCESS}/{path}", params=asked)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    unstorable = {"attribute": "\0", "left": "Acme", "right": "Blue"}
    assert house.http.get(f"{PROCESS}/comparison", params=unstorable).status_code == 422
    assert house.http.get("/v1/processes/nothing/picture").status_code == 404


def test_a_log_of_a_process_that_nobody_modelled_is_mined_all_the_same(house: House):
    steps = [("s1", "Triage", "08T09:00"), ("s2", "Release", "08T10:00")]
    events = [
        {**reported(id_, "A", activity, at), "bizprocess": "sepsis", "type": IMPORTED}
        for id_, activity, at in steps
    ]
    answer = house.send(*events, backfill="true")
    assert (answer["accepted"], answer["quarantined"]) == (2, [])
    listed = {one["process"]: one for one in house.get("/v1/processes")["items"]}
    assert (listed["sepsis"]["title"], listed["sepsis"]["version"]) == ("sepsis", None)
    assert [one["version"] is None for one in listed.values()] == [False, True]  # modelled first
    assert house.get("/v1/forecast", process="sepsis")["clocks"] == 0
    health = house.get("/v1/processes/sepsis/health", window="all")
    assert (health["cases"], health["duration"]["median_seconds"]) == (1, 3600.0)
    assert (health["slas"], health["stages"]) == ([], [])
    assert house.get("/v1/processes/sepsis/departures")["departures"] == []
    assert house.http.get("/v1/processes/nothing/health").status_code == 404
