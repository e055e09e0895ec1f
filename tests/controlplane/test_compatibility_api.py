"""Compatibility over HTTP: asked of any two documents, of a contract, and before publishing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import House, opened
from projecting import installation

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FIRST = {
    "$schema": DIALECT,
    "type": "object",
    "properties": {"hours": {"type": "number", "minimum": 0}},
    "additionalProperties": False,
}
WIDER = {**FIRST, "properties": {**FIRST["properties"], "note": {"type": "string"}}}  # type: ignore[dict-item]
LOOSER = {**FIRST, "properties": {"hours": {"type": "number"}}}
TIGHTER = {**WIDER, "required": ["note"]}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("compatibility")
    databases = installation(folder)
    with opened(databases, folder) as one:
        one.put("/v1/teams/finance", {"name": "Finance"}, expect=201)
        yield one
    databases.close()


def registered(house: House, subject: str, mode: str = "backward") -> str:
    body = {"subject": subject, "kind": "event", "format": "jsonschema", "owner": "finance"}
    house.post("/v1/contracts", {**body, "compatibility": mode}, expect=201)
    path = f"/v1/contracts/{subject}/versions"
    house.post(path, {"version": "1.0.0", "document": FIRST}, expect=201)
    house.post(f"{path}/1.0.0/transitions", {"to": "published"}, expect=200)
    return path


def asked(house: House, **body: Any) -> dict[str, Any]:
    answer = house.http.post("/v1/compatibility", json={"format": "jsonschema", **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_any_two_documents_are_compared_and_nothing_is_stored(house: House):
    assert asked(house, old=FIRST, new=WIDER)["verdict"] == "compatible"
    broken = asked(house, mode="full", old=FIRST, new=WIDER)
    assert broken["verdict"] == "incompatible"
    [worst, *_] = broken["findings"]
    assert (worst["rule"], worst["direction"]) == (
        "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL",
        "forward",
    )
    assert (
        asked(house, mode="full", policy="lenient", old=FIRST, new=WIDER)["verdict"] == "compatible"
    )


def test_a_document_may_be_text_and_then_a_finding_has_its_line(house: House):
    yaml = "type: object\nproperties:\n  hours:\n    type: string\n"
    found = asked(house, old=json.dumps(FIRST), new=yaml)
    changed = next(one for one in found["findings"] if one["rule"] == "TYPE_CHANGED")
    assert (changed["line"], changed["pointer"]) == (4, "/properties/hours/type")


def test_what_is_no_schema_is_not_judged(house: House):
    found = asked(house, old={"type": "text"}, new=FIRST)
    assert found["verdict"] == "not_evaluated"
    assert found["findings"][0]["message"].startswith("the older document: ")


@pytest.mark.parametrize(("old", "status"), [("{", 422), ("a: &x 1\nb: *x\n", 422)])
def test_what_cannot_be_read_is_refused_with_its_line(house: House, old: str, status: int):
    body = {"format": "jsonschema", "old": old, "new": FIRST}
    answer = house.http.post("/v1/compatibility", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, "/old")


def test_an_unknown_mode_is_refused(house: House):
    body = {"format": "jsonschema", "mode": "sideways", "old": {}, "new": {}}
    assert house.http.post("/v1/compatibility", json=body).status_code == 400


def test_a_check_finds_what_registering_would_and_stores_nothing(house: House):
    path = registered(house, "ps.check.asked")
    answer = house.http.post("/v1/contracts/ps.check.asked/check", json=TIGHTER).json()
    assert answer["verdict"] == "incompatible"
    assert answer["findings"][0]["against"] == "1.0.0"
    assert house.http.get(f"{path}/1.1.0").status_code == 404


def test_what_only_the_strict_policy_refuses_is_told_as_a_warning(house: House):
    registered(house, "ps.name.left")
    path = "/v1/contracts/ps.name.left/check"
    without = {**FIRST, "properties": {}}
    lenient = house.post(path, without)
    assert (lenient["verdict"], lenient["findings"][0]["level"]) == ("compatible", "warning")
    assert house.post(f"{path}?policy=strict", without)["verdict"] == "incompatible"


def test_a_breaking_version_is_a_draft_with_its_findings_and_is_not_published(house: House):
    path = registered(house, "ps.break.refused")
    drafted = house.post(path, {"version": "1.1.0", "document": TIGHTER}, expect=201)
    rules = {one["rule"]: one["level"] for one in drafted["findings"]}
    assert rules["REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL"] == "breaking"
    refused = house.http.post(f"{path}/1.1.0/transitions", json={"to": "published"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/incompatible")
    assert refused.json()["findings"][0]["against"] == "1.0.0"
    house.post(path, {"version": "1.2.0", "document": WIDER}, expect=201)
    house.post(f"{path}/1.2.0/transitions", {"to": "published"}, expect=200)


def test_a_draft_is_held_against_what_was_published_since_it_was_written(house: House):
    path = registered(house, "ps.break.meanwhile")
    two = house.post(path, {"version": "1.2.0", "document": FIRST}, expect=201)
    assert two["findings"] == []
    house.post(path, {"version": "1.1.0", "document": LOOSER}, expect=201)
    house.post(f"{path}/1.1.0/transitions", {"to": "published"}, expect=200)
    refused = house.http.post(f"{path}/1.2.0/transitions", json={"to": "published"})
    assert (refused.status_code, refused.json()["findings"][0]["against"]) == (409, "1.1.0")


def test_without_a_mode_anything_is_published(house: House):
    path = registered(house, "ps.free.ofmode", "none")
    house.post(path, {"version": "1.1.0", "document": TIGHTER}, expect=201)
    house.post(f"{path}/1.1.0/transitions", {"to": "published"}, expect=200)


def test_a_diff_says_what_changed_since_the_version_before_or_since_one_that_is_named(house: House):
    path = registered(house, "ps.diff.shown")
    house.post(path, {"version": "1.1.0", "document": WIDER}, expect=201)
    house.post(path, {"version": "1.2.0", "document": TIGHTER}, expect=201)
    diff = house.get(f"{path}/1.2.0/diff")
    assert (diff["against"], diff["verdict"]) == ("1.0.0", "incompatible")
    named = house.get(f"{path}/1.2.0/diff", against="1.1.0")
    assert [one["rule"] for one in named["findings"]] == ["REQUIRED_ATTRIBUTE_ADDED"]
    first = house.get(f"{path}/1.0.0/diff")
    assert (first["against"], first["findings"]) == (None, [])
    assert house.http.get(f"{path}/1.2.0/diff?against=9.9.9").status_code == 404


def test_an_avro_contract_is_registered_and_held_to_its_mode(house: House):
    body = {"subject": "ps.avro.kept", "kind": "event", "format": "avro", "owner": "finance"}
    house.post("/v1/contracts", body, expect=201)
    path = "/v1/contracts/ps.avro.kept/versions"

    def sheet(*fields: dict[str, str]) -> dict[str, Any]:
        return {"type": "record", "name": "Sheet", "fields": list(fields)}

    hours, note = {"name": "hours", "type": "int"}, {"name": "note", "type": "string"}
    house.post(path, {"version": "1.0.0", "document": sheet(hours)}, expect=201)
    house.post(f"{path}/1.0.0/transitions", {"to": "published"}, expect=200)
    house.post(path, {"version": "1.1.0", "document": sheet(hours, note)}, expect=201)
    refused = house.http.post(f"{path}/1.1.0/transitions", json={"to": "published"})
    finding, number = refused.json()["findings"]
    assert (refused.status_code, finding["rule"]) == (409, "READER_FIELD_MISSING_DEFAULT_VALUE")
    assert number["rule"] == "version-needs-major"
    assert (finding["pointer"], finding["against"]) == ("/fields/1", "1.0.0")
