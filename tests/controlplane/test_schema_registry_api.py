"""The Confluent protocol word by word: its media type, its error codes, and our contracts."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from house import House, opened
from projecting import installation

V7 = "/apis/ccompat/v7"
MEDIA = "application/vnd.schemaregistry.v1+json"
AVRO: dict[str, Any] = {"type": "record", "name": "Hours", "fields": []}
PROTO = 'syntax = "proto3"; package ps; message Hours { double hours = 1; }'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("registry")
    databases = installation(folder)
    with opened(databases, folder) as one:
        yield one
    databases.close()


def field(name: str, type_: Any, **more: Any) -> dict[str, Any]:
    return {**AVRO, "fields": [{"name": name, "type": type_, **more}]}


def ask(house: House, method: str, path: str, body: Any = None) -> httpx.Response:
    answer = house.http.request(method, f"{V7}/{path}", json=body)
    assert answer.headers["content-type"] == MEDIA
    if answer.is_error:
        assert set(answer.json()) == {"error_code", "message"}
    return answer


def register(house: House, subject: str, schema: Any, **more: Any) -> httpx.Response:
    text = schema if isinstance(schema, str) else json.dumps(schema)
    return ask(house, "POST", f"subjects/{subject}/versions", {"schema": text, **more})


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "subjects/nobody/versions", None, 404, 40401),
        ("GET", "subjects/known/versions/7", None, 404, 40402),
        ("GET", "schemas/ids/999999", None, 404, 40403),
        ("GET", "schemas/ids/many", None, 404, 40403),
        ("GET", "config/known", None, 404, 40408),
        ("GET", "mode/known", None, 404, 40409),
        ("GET", "subjects/known/versions/0", None, 422, 42202),
        ("GET", "subjects/known/versions/" + "9" * 5_000, None, 422, 42202),
        ("GET", "no/such/path", None, 404, 404),
        ("PATCH", "subjects/known", None, 405, 405),
        ("PUT", "config", {"compatibility": "SOMETIMES"}, 422, 42203),
        ("PUT", "mode", {"mode": "SLEEPY"}, 422, 42204),
        ("POST", "subjects/known/versions", {"schema": "{"}, 422, 42201),
        ("POST", "subjects/known/versions", {"schema": '{"type": "recor"}'}, 422, 42201),
        ("POST", "subjects/known/versions", {"schema": "[" * 200_000}, 422, 42201),
        ("POST", "subjects/known/versions", {"schema": "{}", "schemaType": "XML"}, 422, 42201),
        ("POST", "subjects/known/versions", {"schema": 3}, 422, 42201),
        ("POST", "subjects/known/versions", [], 422, 42201),
        ("POST", "subjects/%20/versions", {"schema": '"string"'}, 422, 42208),
        ("POST", "subjects/known", {"schema": '"bytes"'}, 404, 40403),
        ("DELETE", "subjects/known?permanent=true", None, 404, 40405),
        ("DELETE", "subjects/known/versions/1?permanent=true", None, 404, 40407),
    ],
)
def test_each_refusal_has_the_number_that_clients_know(  # noqa: PLR0913, PLR0917 - one a column
    house: House, method: str, path: str, body: Any, status: int, code: int
):
    register(house, "known", '"string"')
    answer = ask(house, method, path, body)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code), answer.text


def test_a_text_that_is_no_utf_8_or_holds_a_nul_is_refused(house: House):
    for path in ("subjects/%00/versions", "subjects/%ff%fe/versions", "config/%00"):
        assert ask(house, "GET", path).status_code in {404, 422}
    sent = ask(house, "POST", "subjects/nul/versions", {"schema": '{"type": "string\u0000"}'})
    assert sent.status_code == 422
    assert house.http.post(f"{V7}/subjects/x/versions", content=b"\xff").status_code == 422


def test_the_same_schema_has_one_id_wherever_it_stands(house: House):
    first = register(house, "one", field("a", "int")).json()
    spaced = json.dumps(field("a", {"type": "int"}), indent=4)
    assert register(house, "two", spaced).json()["id"] == first["id"]
    assert register(house, "one", spaced).json()["version"] == 1
    by_guid = ask(house, "GET", f"schemas/guids/{first['guid']}").json()
    assert by_guid["id"] == first["id"]
    subjects = ask(house, "GET", f"schemas/ids/{first['id']}/subjects").json()
    assert subjects == ["one", "two"]


def test_a_subject_of_any_name_is_a_contract_of_ours_that_is_published(house: House):
    assert register(house, "Billing%2FHours-value", field("a", "int")).status_code == 200
    register(house, "Billing%2FHours-value", field("a", "long"))
    assert "Billing/Hours-value" in ask(house, "GET", "subjects").json()
    (listed,) = house.get("/v1/contracts", q="Billing/Hours-value")["items"]
    assert (listed["owner"], listed["system"], listed["format"]) == ("unassigned", "kafka", "avro")
    assert (listed["version"], listed["status"]) == ("2.0.0", "published")
    text = house.http.get(f"/v1/contracts/{listed['subject']}/versions/1.0.0/artifact").text
    assert json.loads(text) == field("a", "int")


def test_a_contract_that_was_governed_before_is_not_written_by_a_client(house: House):
    house.put("/v1/teams/finance", {"name": "Finance"}, expect=201)
    body = {"subject": "ps.rate", "kind": "event", "format": "avro", "owner": "finance"}
    house.post("/v1/contracts", body, expect=201)
    assert register(house, "ps.rate", field("rate", "double")).json()["version"] == 1
    assert house.get("/v1/contracts/ps.rate")["versions"] == []


def test_what_is_deleted_softly_is_deprecated_and_for_good_is_retired(house: House):
    register(house, "leaving", field("a", "int"))
    path = "/v1/contracts/leaving/versions/1.0.0"
    ask(house, "DELETE", "subjects/leaving")
    assert house.get(path)["lifecycle"] == "deprecated"
    assert ask(house, "DELETE", "subjects/leaving").json()["error_code"] == 40404
    assert ask(house, "DELETE", "subjects/leaving?permanent=true").json() == [1]
    assert house.get(path)["lifecycle"] == "retired"
    again = register(house, "leaving", field("a", "int")).json()
    assert again["version"] == 1
    assert house.get("/v1/contracts/leaving")["version"] == "2.0.0"


def test_a_declared_consumer_keeps_a_version_from_being_deleted_for_good(house: House):
    register(house, "read", field("a", "int"))
    consumer = "/v1/contracts/read/consumers/billing"
    house.put(consumer, {"versions": "^1.0"})
    ask(house, "DELETE", "subjects/read")
    refused = ask(house, "DELETE", "subjects/read?permanent=true").json()
    assert refused["error_code"] == 42205
    assert "billing" in refused["message"]


def test_a_mode_that_only_reads_lets_nothing_in(house: House):
    assert ask(house, "PUT", "mode/closed", {"mode": "READONLY"}).json() == {"mode": "READONLY"}
    assert register(house, "closed", '"string"').json()["error_code"] == 42205
    assert ask(house, "DELETE", "mode/closed").json() == {"mode": "READONLY"}
    assert register(house, "closed", '"string"').status_code == 200


def test_a_context_stands_apart_with_settings_of_its_own(house: House):
    ask(house, "PUT", "config/:.lab:", {"compatibility": "NONE"})
    register(house, ":.lab:hours", field("a", "int"))
    inside = "contexts/:.lab:/subjects"
    assert ask(house, "GET", inside).json() == [":.lab:hours"]
    other = ask(
        house, "POST", f"{inside}/hours/versions", {"schema": json.dumps(field("b", "int"))}
    )
    assert other.json()["version"] == 2
    assert ask(house, "GET", "contexts").json() == [".", ".lab"]
    assert ask(house, "GET", "subjects/hours/versions").json()["error_code"] == 40401


def test_avro_refers_to_what_another_subject_defines(house: House):
    money = {"type": "record", "name": "Money", "namespace": "ps", "fields": []}
    register(house, "money", money)
    bill = {**field("total", {"type": {"type": "array", "items": "Money"}}), "namespace": "ps"}
    assert register(house, "bill", bill).json()["error_code"] == 42201
    reference = {"name": "ps.Money", "subject": "money", "version": 1}
    beyond = {**reference, "version": 10**30}
    assert register(house, "bill", bill, references=[beyond]).json()["error_code"] == 42201
    found = register(house, "bill", bill, references=[reference]).json()
    assert ask(house, "GET", "subjects/money/versions/1/referencedby").json() == [found["id"]]
    assert ask(house, "GET", f"schemas/ids/{found['id']}").json()["references"] == [reference]
    assert ask(house, "DELETE", "subjects/money").json()["error_code"] == 42206


def test_protobuf_is_held_to_the_rules_of_its_registry(house: House):
    first = register(house, "proto", PROTO, schemaType="PROTOBUF").json()
    assert first["schemaType"] == "PROTOBUF"
    text = PROTO.replace("double hours", "string hours")
    refused = register(house, "proto", text, schemaType="PROTOBUF")
    assert refused.status_code == 409
    assert "FIELD_SCALAR_KIND_CHANGED" in refused.json()["message"]
    importing = PROTO.replace("message", 'import "hours.proto"; message').replace("ps", "pm")
    reference = {"name": "hours.proto", "subject": "proto", "version": 1}
    sent = {"schemaType": "PROTOBUF", "references": [reference]}
    assert register(house, "importing", importing, **sent).status_code == 200


def test_a_schema_refers_to_what_it_holds_by_any_of_its_names(house: House):
    held = {"$id": "rate.json", "type": "number"}
    schema = {"$id": "http://firm.test/deal.json", "$defs": {"r": held}, "$ref": "rate.json"}
    assert register(house, "named", schema, schemaType="JSON").status_code == 200
    refused = register(house, "named", {**schema, "$ref": "other.json"}, schemaType="JSON").json()
    assert refused["error_code"] == 42201
    assert "other.json lies outside" in refused["message"]


def test_a_check_says_why_and_keeps_nothing(house: House):
    register(house, "checked", field("a", "int"))
    body = {"schema": json.dumps(field("b", "int"))}
    path = "compatibility/subjects/checked/versions"
    found = ask(house, "POST", f"{path}/latest?verbose=true", body).json()
    assert found["is_compatible"] is False
    assert "READER_FIELD_MISSING_DEFAULT_VALUE" in found["messages"][0]
    assert ask(house, "POST", path, body).json() == {"is_compatible": False}
    assert ask(house, "GET", "subjects/checked/versions").json() == [1]


def test_normalized_schemas_are_the_same_whatever_their_order(house: House):
    schema = {"type": "object", "title": "Rate"}
    turned = {"title": "Rate", "type": "object"}
    sent = {"schemaType": "JSON"}
    first = register(house, "normal?normalize=true", "{}", **sent)
    assert first.status_code == 404  # the query stands behind the path, not in the subject
    ids = {
        ask(
            house,
            "POST",
            "subjects/normal/versions?normalize=true",
            {"schema": json.dumps(one), **sent},
        ).json()["id"]
        for one in (schema, turned)
    }
    assert len(ids) == 1


def test_a_key_opens_the_door_as_a_password_here_and_nowhere_else(house: House):
    sent = {"authorization": "Basic " + base64.b64encode(b"me:cp_nothing").decode()}
    here = house.http.get(f"{V7}/subjects", headers=sent)
    assert (here.status_code, here.json()["error_code"]) == (401, 401)
    assert "unknown" in here.json()["message"]
    elsewhere = house.http.get("/v1/contracts", headers=sent).json()
    assert "Only bearer tokens" in elsewhere["detail"]
