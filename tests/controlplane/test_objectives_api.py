"""Objectives, systems and budgets over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import YAML, House, opened
from projecting import installation

MODEL = """
process: work
version: 1.0.0
title: Work
owner: desk
activities:
  - {activity: done, events: [w.done]}
  - {activity: billed, system: erp, events: [w.billed]}
"""
SLA = """
sla: billed-in-time
version: 1.0.0
process: work
owner: desk
from: [done]
to: [billed]
target: {hours: 4}
"""
SYSTEM = "system: erp\nversion: 1.0.0\nowner: desk\nsources: [urn:erp]\ngrace: {hours: 2}\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("objectives")
    databases = installation(folder)
    with opened(databases, folder) as one:
        for path, text in (
            ("processes/work", MODEL),
            ("systems/erp", SYSTEM),
            ("slas/billed-in-time", SLA),
        ):
            answer = one.http.put(f"/v1/{path}", content=text, headers=YAML)
            assert answer.status_code == 201, answer.text
        yield one
    databases.close()


def test_an_objective_that_names_an_unknown_activity_is_told_the_nearest(house: House):
    text = SLA.replace("[done]", "[dome]").replace("1.0.0", "1.1.0")
    refused = house.http.put("/v1/slas/billed-in-time", content=text, headers=YAML)
    assert refused.status_code == 422
    [error] = refused.json()["errors"]
    assert error["pointer"] == "/from/0"
    assert "did you mean 'done'?" in error["detail"]


def test_what_is_exported_as_openslo_is_read_as_it_was(house: House):
    text = house.http.get("/v1/openslo", params={"process": "work"}).text
    answer = house.http.post("/v1/openslo", content=text, headers=YAML)
    assert answer.status_code == 200
    [read] = answer.json()["items"]
    again = house.http.put("/v1/slas/billed-in-time", content=SLA, headers=YAML)
    assert again.status_code == 200
    assert (read["sla"], read["process"], read["version"]) == ("billed-in-time", "work", "1.0.0")
    refused = house.http.post("/v1/openslo", content="kind: SLO", headers=YAML)
    assert refused.status_code == 422


def test_a_budget_of_nothing_is_too_few(house: House):
    found = house.get("/v1/slas/billed-in-time/budget")
    assert (found["verdict"], [one["ended"] for one in found["windows"]]) == ("too_few", [0, 0])
    assert house.http.get("/v1/slas/none/budget").status_code == 404
    wrong = house.http.get("/v1/slas/billed-in-time/budget", params={"as_of": "soon"})
    assert wrong.status_code == 400


def test_a_system_is_listed_with_its_grace_and_taken_out_of_force(house: House):
    [system] = house.get("/v1/systems")["items"]
    assert (system["system"], system["heard_at"], system["silent_since"]) == ("erp", None, None)
    assert "urn:erp" in house.get("/v1/systems/erp")["body"]
    assert house.http.delete("/v1/systems/erp").status_code == 200
    assert house.get("/v1/systems")["items"] == []
