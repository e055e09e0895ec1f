"""What was observed of a contract stands beside what it declares."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from house import House, opened
from projecting import Undecided, installation
from typer.testing import CliRunner

from controlplane.cli import contract_conformance
from controlplane.cli.main import app
from controlplane.conformance.party import system_of
from controlplane.database import Databases
from controlplane.replay import verify

SUBJECT = "ps.time.approved"
SCHEMA = {
    "type": "object",
    "required": ["sheet"],
    "properties": {
        "sheet": {"type": "string"},
        "state": {"enum": ["approved", "rejected"]},
        "note": {"type": "string"},
    },
}
AVRO = {
    "type": "record",
    "name": "Paid",
    "fields": [{"name": "id", "type": "string"}, {"name": "by", "type": ["null", "string"]}],
}
PROTOBUF = 'syntax = "proto3";\nmessage Closed { string id = 1; }\n'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all tests that look at a contract of their own."""
    folder = tmp_path_factory.mktemp("conformance")
    databases = installation(folder)
    with opened(databases, folder / "house") as one:
        one.put("/v1/teams/finance", {"name": "Finance", "members": []}, expect=201)
        yield one
    databases.close()


def published(house: House, subject: str, format_: str, document: str, media: str) -> None:
    asked = {"kind": "event", "format": format_, "owner": "finance", "system": "time"}
    house.post("/v1/contracts", {"subject": subject, **asked}, expect=201)
    path = f"/v1/contracts/{subject}/versions"
    drafted = house.http.post(
        path, params={"version": "1.0.0"}, content=document, headers={"content-type": media}
    )
    assert drafted.status_code == 201, drafted.text
    house.post(f"{path}/1.0.0/transitions", {"to": "published"})


def event(id_: str, type_: str = SUBJECT, source: str = "/firm/time", **data: Any) -> Any:
    return {
        "specversion": "1.0",
        "id": id_,
        "source": source,
        "type": type_,
        "time": "2026-03-02T09:30:00Z",
        "data": data,
    }


def sent(house: House) -> None:
    published(house, SUBJECT, "jsonschema", json.dumps(SCHEMA), "application/schema+json")
    house.put(f"/v1/contracts/{SUBJECT}/consumers/erp", {"versions": "^1"})
    good = [event(f"g-{n}", sheet=f"T-{n}", state="approved") for n in range(6)]
    house.send(*good, event("stray", source="/firm/sheets", sheet="T-9", colour="red"))
    house.send(*good, event("bad-1", state="approved"), event("bad-2", sheet="T", state="lost"))
    house.send(event("bad-1", state="approved"))


def test_traffic_is_told_by_version_producer_and_day_and_where_it_drifts(
    databases: Databases, tmp_path: Path
):
    with opened(databases, tmp_path / "house") as house:
        house.put("/v1/teams/finance", {"name": "Finance", "members": []}, expect=201)
        sent(house)
        told(house)
    report = verify(databases, Undecided())
    assert report.equal, [one for one in report.tables if not one.equal]
    assert next(one.standing for one in report.tables if one.table == "traffic") == 2


def told(house: House) -> None:
    found = house.get(f"/v1/contracts/{SUBJECT}/conformance")
    assert (found["valid"], found["refused"], found["share"]) == (7, 2, 0.777778)
    (version,) = found["versions"]
    assert (version["version"], version["lifecycle"], version["valid"]) == ("1.0.0", "published", 7)
    assert [(one["source"], one["system"], one["declared"]) for one in found["producers"]] == [
        ("/firm/time", "time", True),
        ("/firm/sheets", "sheets", False),
    ]
    (day,) = found["trend"]
    assert (day["valid"], day["refused"]) == (7, 2)
    assert {(one["reason"], one["pointer"], one["events"]) for one in found["refusals"]} == {
        ("schema-violation", "/data", 1),
        ("schema-violation", "/data/state", 1),
    }
    assert found["consumers"] == [
        {"system": "erp", "declared": True, "versions": "^1", "contact": "", "seen": 0}
    ]
    drift = {(one["id"], one["pointer"]) for one in found["fields"]["drift"]}
    assert drift == {
        ("field-never-told", "/note"),
        ("field-undeclared", "/colour"),
        ("value-never-told", "/state"),
    }
    colour = next(one for one in found["fields"]["items"] if one["pointer"] == "/colour")
    assert (colour["sources"], colour["absent"]) == (["/firm/sheets"], 0.8571)


def test_a_contract_that_nobody_kept_or_knows_is_answered(house: House):
    published(house, "ps.quiet", "jsonschema", json.dumps(SCHEMA), "application/schema+json")
    path = "/v1/contracts/ps.quiet/conformance"
    found = house.get(path, window="all")
    assert (found["share"], found["trend"], found["fields"]["drift"]) == (None, [], [])
    assert house.http.get("/v1/contracts/none/conformance").status_code == 404
    assert house.http.get(path, params={"window": "a while"}).status_code == 400


def test_the_command_tells_the_same_and_draws_the_days(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    @contextmanager
    def here(_url: str | None, _token: str | None) -> Iterator[httpx.Client]:
        yield house.http

    monkeypatch.setattr(contract_conformance, "reaching", here)
    published(house, "ps.shown", "jsonschema", json.dumps(SCHEMA), "application/schema+json")
    house.send(event("s-1", "ps.shown", source="urn:sheets", sheet="T-1", colour="red"))
    house.send(event("s-2", "ps.shown", state="approved"))
    told = CliRunner().invoke(app, ["contracts", "conformance", "ps.shown"]).output
    assert "ps.shown, 30d: 50.00% of 2 events kept it; 1 refused" in told
    assert "█" in told
    assert "sheets (not declared)" in told
    assert "field-undeclared   /colour" in told
    as_json = CliRunner().invoke(app, ["contracts", "conformance", "ps.shown", "--json"]).output
    assert json.loads(as_json)["refused"] == 1
    quiet = CliRunner().invoke(app, ["contracts", "conformance", "ps.shown", "--version", "9.0.0"])
    assert "not evaluated: no such version" in quiet.output


def test_events_of_an_avro_contract_are_held_to_its_schema(house: House):
    published(house, "ps.paid", "avro", json.dumps(AVRO), "application/json")
    answer = house.send(
        event("p-1", "ps.paid", id="P-1", by={"string": "ada"}),
        event("p-2", "ps.paid", id="P-2", by="ada"),
        event("p-3", "ps.paid", id=3, by=None),
    )
    assert answer["accepted"] == 2
    assert [one["reason"] for one in answer["quarantined"]] == ["schema-violation"]
    found = house.get("/v1/contracts/ps.paid/conformance")
    assert (found["valid"], found["refused"], found["fields"]["drift"]) == (2, 1, [])


def test_what_a_protobuf_contract_asks_is_not_evaluated_and_never_admitted(house: House):
    published(house, "ps.closed", "protobuf", PROTOBUF, "text/x-protobuf")
    answer = house.send(event("c-1", "ps.closed", id="C-1"))
    assert [one["reason"] for one in answer["quarantined"]] == ["not-evaluated"]
    fields = house.get("/v1/contracts/ps.closed/conformance")["fields"]
    assert (fields["evaluated"], fields["because"]) == (
        False,
        "what a document of the format protobuf declares is not evaluated",
    )


@pytest.mark.parametrize(
    ("source", "system"),
    [("urn:acme:crm", "crm"), ("/harvest/erp/", "erp"), ("crm", "crm"), ("/", "/"), ("::", "::")],
)
def test_a_source_that_no_system_lists_is_named_by_its_last_part_or_by_itself(
    source: str, system: str
):
    assert system_of(source, {}) == system
    assert system_of(source, {source: ("psa", "hcm")}) == "hcm"
