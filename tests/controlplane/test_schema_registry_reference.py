"""Every call of the schema registry and every code that its page gives it, asked in turn."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from house import House, opened
from projecting import installation

V7 = "/apis/ccompat/v7"
V1_JSON = "application/vnd.schemaregistry.v1+json"
PAGE = Path(__file__).parents[2] / "docs/reference/schema-registry.md"
ROW = re.compile(r"\| `(GET|POST|PUT|DELETE) (/\S*)` \|.*\| ([\d, ]+) \|$", re.MULTILINE)
AVRO = {"schema": '"string"'}
OTHER = {"schema": '"long"'}
BROKEN = {"schema": "{"}
FULL = {"compatibility": "FULL"}
LENIENT = {**FULL, "normalize": True, "compatibilityPolicy": "lenient"}
ALIAS = {"compatibility": "FULL", "alias": "other"}
REFERRING = {
    "schema": '{"type": "record", "name": "B", "fields": [{"name": "a", "type": "A"}]}',
    "references": [{"name": "A", "subject": "referred", "version": 1}],
}
RECORD = {"schema": '{"type": "record", "name": "A", "fields": []}'}
FIELD = {
    "schema": '{"type": "record", "name": "A", "fields": [{"name": "b", "type": "int"}]}',
}
FIXED = {"schema": '{"type": "fixed", "name": "F", "size": 4}'}
TAGGED = {**FIXED, "metadata": {"properties": {"tier": "gold"}}}
S, V = "/subjects/{subject}", "/subjects/{subject}/versions/{version}"
VERSIONS = "/subjects/{subject}/versions"
ID, CHECK = "/schemas/ids/{id}", "/compatibility/subjects/{subject}/versions"
CASES: list[tuple[str, str, int, str, Any]] = [
    ("GET", "/", 200, "", None),
    ("GET", "/subjects", 200, "/subjects?deleted=true", None),
    ("GET", VERSIONS, 200, "/subjects/known/versions", None),
    ("GET", VERSIONS, 40401, "/subjects/nobody/versions", None),
    ("POST", VERSIONS, 200, "/subjects/known/versions", AVRO),
    ("POST", VERSIONS, 409, "/subjects/known/versions", FIXED),
    ("POST", VERSIONS, 422, "/subjects/known/versions", {**OTHER, "id": "seven"}),
    ("POST", VERSIONS, 42201, "/subjects/known/versions", BROKEN),
    ("POST", VERSIONS, 42205, "/subjects/known/versions", {**OTHER, "id": 77}),
    ("POST", VERSIONS, 42207, "/subjects/importing/versions", {**AVRO, "id": 77}),
    ("POST", VERSIONS, 42208, "/subjects/%20/versions", AVRO),
    ("POST", S, 200, "/subjects/known", AVRO),
    ("POST", S, 40401, "/subjects/nobody", AVRO),
    ("POST", S, 40403, "/subjects/known", OTHER),
    ("POST", S, 42201, "/subjects/known", BROKEN),
    ("DELETE", S, 40401, "/subjects/nobody", None),
    ("DELETE", S, 40405, "/subjects/leaving?permanent=true", None),
    ("DELETE", S, 200, "/subjects/leaving", None),
    ("DELETE", S, 40404, "/subjects/leaving", None),
    ("DELETE", S, 42205, "/subjects/closed", None),
    ("DELETE", S, 42206, "/subjects/referred", None),
    *(
        case
        for path, below in [
            (V, ""),
            (f"{V}/schema", "/schema"),
            (f"{V}/referencedby", "/referencedby"),
        ]
        for case in [
            ("GET", path, 200, f"/subjects/known/versions/latest{below}", None),
            ("GET", path, 40401, f"/subjects/nobody/versions/1{below}", None),
            ("GET", path, 40402, f"/subjects/known/versions/7{below}", None),
            ("GET", path, 42202, f"/subjects/known/versions/0{below}", None),
        ]
    ),
    ("DELETE", V, 40401, "/subjects/nobody/versions/1", None),
    ("DELETE", V, 40402, "/subjects/known/versions/7", None),
    ("DELETE", V, 40407, "/subjects/going/versions/1?permanent=true", None),
    ("DELETE", V, 200, "/subjects/going/versions/1", None),
    ("DELETE", V, 40406, "/subjects/going/versions/1", None),
    ("DELETE", V, 42202, "/subjects/known/versions/0", None),
    ("DELETE", V, 42205, "/subjects/closed/versions/1", None),
    ("DELETE", V, 42206, "/subjects/referred/versions/1", None),
    ("GET", f"{S}/metadata", 200, "/subjects/tagged/metadata?key=tier&value=gold", None),
    ("GET", f"{S}/metadata", 40401, "/subjects/nobody/metadata?key=a&value=b", None),
    ("GET", f"{S}/metadata", 40403, "/subjects/tagged/metadata?key=tier&value=tin", None),
    ("GET", "/schemas", 200, "/schemas?subjectPrefix=known&latestOnly=true&deleted=true", None),
    ("GET", "/schemas/types", 200, "/schemas/types", None),
    *(
        case
        for below in ("", "/schema", "/subjects", "/versions")
        for case in [
            ("GET", f"{ID}{below}", 200, f"/schemas/ids/1{below}", None),
            ("GET", f"{ID}{below}", 40403, f"/schemas/ids/999{below}", None),
        ]
    ),
    ("GET", "/schemas/guids/{guid}", 200, "/schemas/guids/GUID", None),
    ("GET", "/schemas/guids/{guid}", 40403, "/schemas/guids/none", None),
    ("POST", CHECK, 200, "/compatibility/subjects/known/versions?verbose=true", OTHER),
    ("POST", CHECK, 42201, "/compatibility/subjects/known/versions", BROKEN),
    ("POST", f"{CHECK}/{{version}}", 200, "/compatibility/subjects/known/versions/1", OTHER),
    ("POST", f"{CHECK}/{{version}}", 40401, "/compatibility/subjects/no/versions/1", OTHER),
    ("POST", f"{CHECK}/{{version}}", 40402, "/compatibility/subjects/known/versions/7", OTHER),
    ("POST", f"{CHECK}/{{version}}", 42201, "/compatibility/subjects/known/versions/1", BROKEN),
    ("POST", f"{CHECK}/{{version}}", 42202, "/compatibility/subjects/known/versions/0", OTHER),
    ("GET", "/config", 200, "/config", None),
    ("GET", "/config/{subject}", 40408, "/config/known", None),
    ("GET", "/config/{subject}", 200, "/config/known?defaultToGlobal=true", None),
    ("DELETE", "/config/{subject}", 40408, "/config/known", None),
    *(
        case
        for path, where in [("/config", "/config"), ("/config/{subject}", "/config/set")]
        for case in [
            ("PUT", path, 422, where, {**FULL, "colour": "blue"}),
            ("PUT", path, 42203, where, {"compatibility": "SOMETIMES"}),
            ("PUT", path, 42205, where, ALIAS),
            (
                "PUT",
                path,
                200,
                where,
                {**FULL, "normalize": True, "compatibilityPolicy": "lenient"},
            ),
            ("DELETE", path, 200, where, None),
        ]
    ),
    ("GET", "/mode", 200, "/mode", None),
    ("GET", "/mode/{subject}", 40409, "/mode/known", None),
    ("GET", "/mode/{subject}", 200, "/mode/closed", None),
    ("DELETE", "/mode/{subject}", 40409, "/mode/known", None),
    ("PUT", "/mode", 42204, "/mode", {"mode": "SLEEPY"}),
    ("PUT", "/mode", 42205, "/mode", {"mode": "IMPORT"}),
    ("PUT", "/mode", 200, "/mode", {"mode": "READWRITE"}),
    ("DELETE", "/mode", 200, "/mode", None),
    ("PUT", "/mode/{subject}", 42204, "/mode/known", {}),
    ("PUT", "/mode/{subject}", 42205, "/mode/known", {"mode": "IMPORT"}),
    ("PUT", "/mode/{subject}", 200, "/mode/known", {"mode": "READWRITE"}),
    ("DELETE", "/mode/{subject}", 200, "/mode/known", None),
    ("GET", "/contexts", 200, "/contexts", None),
    ("GET", "/v1/metadata/id", 200, "/v1/metadata/id", None),
    ("GET", "/v1/metadata/version", 200, "/v1/metadata/version", None),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("registry")
    databases = installation(folder)
    with opened(databases, folder) as one:
        for subject, schema in [
            *(("known", AVRO), ("leaving", AVRO), ("going", AVRO), ("closed", AVRO)),
            *(("referred", RECORD), ("referring", REFERRING), ("tagged", TAGGED)),
        ]:
            sent(one, "POST", f"/subjects/{subject}/versions", schema)
        sent(one, "PUT", "/mode/closed", {"mode": "READONLY"})
        sent(one, "PUT", "/mode/importing", {"mode": "IMPORT"})
        yield one
    databases.close()


def sent(house: House, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    return house.http.request(method, f"{V7}{path}", json=body, headers=headers)


def test_the_page_gives_each_call_the_codes_that_are_asked_for_here():
    told = {
        (method, path, int(code))
        for method, path, codes in ROW.findall(PAGE.read_text())
        for code in codes.split(",")
    }
    assert told == {case[:3] for case in CASES}


def test_each_call_answers_with_the_codes_of_its_page(house: House):
    guid = sent(house, "GET", "/schemas/ids/1").json()["guid"]
    for method, template, code, path, body in CASES:
        answer = sent(house, method, path.replace("GUID", guid), body)
        found = answer.json()["error_code"] if answer.is_error else 200
        assert (method, template, path, found) == (method, template, path, code), answer.text
        assert answer.status_code == int(str(code)[:3])
        assert answer.headers["content-type"] == V1_JSON


@pytest.mark.parametrize(
    ("method", "path", "headers", "code"),
    [
        ("GET", "/no/such/path", {}, 404),
        ("PATCH", "/subjects/known", {}, 405),
        ("GET", "/subjects/known", {}, 405),
        ("POST", "/subjects/known", {"content-type": "text/plain"}, 415),
        ("GET", "/subjects", {"accept": "text/html"}, 406),
    ],
)
def test_what_is_no_call_of_the_protocol_is_told_in_its_form(
    house: House, method: str, path: str, headers: dict[str, str], code: int
):
    body = AVRO if method == "POST" else None
    answer = sent(house, method, path, body, **headers)
    assert (answer.status_code, answer.json()["error_code"]) == (code, code)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", V1_JSON),
        ("application/json", "application/json"),
        (f"{V1_JSON}, application/json; q=0.5", V1_JSON),
        (f"{V1_JSON}; q=0.2, application/json", "application/json"),
        ("text/html, application/vnd.schemaregistry+json", "application/vnd.schemaregistry+json"),
    ],
)
def test_the_client_is_answered_in_the_media_type_that_it_prefers(
    house: House, accept: str, media_type: str
):
    for path in ("/subjects", "/subjects/nobody/versions"):
        assert sent(house, "GET", path, accept=accept).headers["content-type"] == media_type


def test_a_registry_is_moved_with_its_ids_and_versions(house: House):
    sent(house, "PUT", "/mode/:.moved:", {"mode": "IMPORT"})
    path = "/subjects/:.moved:orders/versions"
    for id_, version, schema in [(1_205, 3, RECORD), (1_207, 5, FIELD)]:
        body = {"schema": schema["schema"], "id": id_, "version": version}
        body["metadata"] = {"properties": {"from": "elsewhere"}}
        answer = sent(house, "POST", path, body).json()
        assert (answer["id"], answer["version"]) == (id_, version), answer  # and none is compared
        assert sent(house, "POST", path, body).json()["id"] == id_
    assert sent(house, "GET", path).json() == [3, 5]
    other = {**OTHER, "id": 1_205}
    assert sent(house, "POST", path, other).json()["error_code"] == 42205
    assert sent(house, "POST", path, OTHER).json()["error_code"] == 42205  # without an id
    sent(house, "PUT", "/mode/:.moved:", {"mode": "READWRITE"})
    after = {"schema": '{"type": "record", "name": "A", "fields": [], "doc": "after"}'}
    answer = sent(house, "POST", path, after).json()
    assert (answer["id"], answer["version"]) == (1_208, 6)


def test_a_group_holds_versions_to_those_of_the_same_property(house: House):
    sent(house, "PUT", "/config/grouped", {"compatibility": "FULL", "compatibilityGroup": "major"})
    path = "/subjects/grouped/versions"
    first, second = ({"metadata": {"properties": {"major": n}}} for n in "12")
    assert sent(house, "POST", path, {**RECORD, **first}).status_code == 200
    assert sent(house, "POST", path, {**FIELD, **first}).status_code == 409
    assert sent(house, "POST", path, {**FIELD, **second}).status_code == 200
    told = sent(house, "GET", "/config/grouped").json()
    assert told == {"compatibilityLevel": "FULL", "compatibilityGroup": "major"}


def test_a_subject_that_normalizes_needs_no_asking(house: House):
    sent(house, "PUT", "/config/tidy", {"normalize": True})
    path = "/subjects/tidy/versions"
    texts = ('{"type": "object", "title": "T"}', '{"title": "T", "type": "object"}')
    ids = {
        sent(house, "POST", path, {"schema": text, "schemaType": "JSON"}).json()["id"]
        for text in texts
    }
    assert len(ids) == 1


def test_a_registry_that_only_reads_overrides_the_modes_of_subjects(house: House):
    sent(house, "PUT", "/mode/own", {"mode": "READWRITE"})
    sent(house, "PUT", "/mode", {"mode": "READONLY_OVERRIDE"})
    assert sent(house, "POST", "/subjects/own/versions", AVRO).json()["error_code"] == 42205
    sent(house, "DELETE", "/mode")
    assert sent(house, "POST", "/subjects/own/versions", AVRO).status_code == 200


def test_a_schema_is_given_in_the_shape_that_is_asked_for(house: House):
    resolved = sent(house, "GET", "/subjects/referring/versions/1/schema?format=resolved").json()
    assert resolved["fields"][0]["type"]["name"] == "A"
    text = (
        'syntax = "proto2"; import "google/protobuf/descriptor.proto"; message A {} '
        "extend google.protobuf.FieldOptions { optional A a = 50001; }"
    )
    body = {"schema": text, "schemaType": "PROTOBUF"}
    sent(house, "POST", "/subjects/extending/versions", body)
    path = "/subjects/extending/versions/1/schema"
    assert "extend" not in sent(house, "GET", f"{path}?format=ignore_extensions").text
    assert sent(house, "GET", f"{path}?format=unheard-of").text == text
    assert sent(house, "GET", f"{path}?format=serialized").text != text
