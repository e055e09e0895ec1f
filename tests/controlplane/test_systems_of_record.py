"""A field that another system than its record told is an exception of the entity."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from house import House, opened
from projecting import NOON, ByReference, append, ask, drain, installation, register

from controlplane.database import Databases, reading
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from governance.exception import stores as exceptions
from governance.exception.process_exception import ProcessException
from observability.event import ProcessEvent

PROCESS = """
process: sale
version: 1.0.0
title: Sale
owner: sales
case: deal
keys: [deal_id]
activities:
  - {activity: won, events: [s.won]}
  - {activity: changed, events: [s.changed], repeats: true}
start: [won]
entities: {deal: {key: deal_id, from: [s.won, s.changed]}}
"""
MATRIX = "owner: sales\nattributes: {name: crm, value: contracts}\n"
HOUR = timedelta(hours=1)


def told(hours: float, source: str, **data: Any) -> ProcessEvent:
    return ProcessEvent(
        source=source,
        id=f"{source}-{hours}",
        type="s.changed" if hours > 1 else "s.won",
        occurred_at=NOON + hours * HOUR,
        data={"deal_id": "D-1", **data},
    )


def put(databases: Databases, version: str, text: str) -> None:
    body = {"kind": "system-of-record", "name": "deal", "version": version, "body": text}
    ask(databases, "document:put", {**body, "activate": True})


def take(databases: Databases, *events: ProcessEvent) -> None:
    append(databases, events)
    drain(databases, Processing(ByReference()))


def standing(databases: Databases) -> dict[str, ProcessException]:
    with reading(databases.state) as state:
        found = exceptions.of_instances(state, ["system-of-record:deal:D-1"])
    return {one.occurrence: one for those in found.values() for one in those}


def test_a_field_told_by_another_system_is_an_exception_until_its_record_tells_it(
    databases: Databases,
):
    register(databases, "process", PROCESS)
    put(databases, "1.0.0", MATRIX)
    take(databases, told(1, "/firm/crm", name="A"), told(2, "/firm/erp", name="B", value=7))
    found = standing(databases)
    assert {name: (one.state, one.owner) for name, one in found.items()} == {
        "name": ("open", "sales"),
        "value": ("open", "sales"),
    }
    assert (found["name"].type, found["name"].case_title) == ("SYSTEM_OF_RECORD", "deal D-1")
    assert "erp told name of deal D-1" in found["name"].reason
    assert found["name"].reason.endswith("crm is its record.")
    take(databases, told(3, "/firm/crm", name="A"))
    assert {n: one.state for n, one in standing(databases).items()} == {
        "name": "resolved",
        "value": "open",
    }
    put(databases, "2.0.0", "attributes: {name: crm, value: erp}\n")
    take(databases)
    assert "no longer says so" in str(standing(databases)["value"].resolution)
    assert [one.table for one in verify(databases, ByReference()).tables if not one.equal] == []


def test_who_stands_behind_a_source_may_be_said_by_its_system(tmp_path: Path):
    databases = installation(tmp_path)
    register(databases, "process", PROCESS)
    system = "system: crm\nversion: 1.0.0\nowner: sales\nsources: ['urn:otel:pipedrive']\n"
    register(databases, "system", system)
    put(databases, "1.0.0", MATRIX)
    take(databases, told(1, "urn:otel:pipedrive", name="A"))
    assert standing(databases) == {}
    databases.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    databases = installation(tmp_path)
    with opened(databases, tmp_path / "house") as one:
        yield one
    databases.close()


def test_the_matrix_is_kept_row_by_row_and_says_what_strays(house: House):
    path = "/v1/systems-of-record/customer"
    row = {"attributes": {"name": "crm", "country": "crm"}}
    assert house.put(path, row, expect=201)["version"] == "1.0.0"
    assert house.put(path, row)["version"] == "1.0.0"
    assert house.put(path, {"attributes": {"name": "erp"}}, expect=201)["version"] == "2.0.0"
    (found,) = house.get("/v1/systems-of-record")["items"]
    assert found == house.get(path)
    assert (found["entity"], found["attributes"], found["strayed"]) == (
        "customer",
        {"name": "erp"},
        {},
    )
    house.put(path, {"attributes": {"name": "E R P"}}, expect=422)
    house.put(path, {"entity": "worker", "attributes": {"name": "erp"}}, expect=422)
    assert house.http.get("/v1/systems-of-record/worker").status_code == 404
    assert house.http.delete(path).status_code == 200
    assert house.get("/v1/systems-of-record")["items"] == []
