"""Documents that mean harm, or only weigh much, are refused in words or handled in bounded time."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from house import House, opened
from projecting import installation

SECONDS = 5.0
"""Of the processor, for one request."""
JSON, YAML, PROTO = "application/json", "application/yaml", "text/x-protobuf"
TYPES = {"jsonschema": "JSON", "avro": "AVRO", "protobuf": "PROTOBUF"}
V7 = "/apis/ccompat/v7/subjects"
OPENAPI = {"openapi": "3.0.3", "info": {"title": "T", "version": "1.0.0"}, "paths": {}}
DEEP = 200_000


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """`says`: what the answer holds when it is refused; empty when it is handled."""

    format: str
    document: str
    says: str = ""
    media_type: str = JSON


def openapi(schemas: dict[str, Any]) -> str:
    return json.dumps({**OPENAPI, "components": {"schemas": schemas}})


def doubling(steps: int) -> dict[str, Any]:
    """Each schema refers to the one before it twice: written out, two to the power of *steps*."""
    return {"s0": {"type": "object"}} | {
        f"s{n}": {
            "type": "object",
            "properties": {name: {"$ref": f"#/components/schemas/s{n - 1}"} for name in "ab"},
        }
        for n in range(1, steps)
    }


def bomb() -> str:
    lines = [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in zip("abcdefg", "bcdefgh", strict=True)
    ]
    return "\n".join(["a: &a [x, x, x, x, x, x, x, x, x]", *lines])


def yaml_of(size: int) -> str:
    head = "openapi: 3.0.3\ninfo: {title: T, version: 1.0.0}\npaths: {}\ncomponents:\n  schemas:\n"
    one = "    S{:06d}: {{type: string, description: some words of it}}\n"
    return head + "".join(one.format(n) for n in range((size - len(head)) // len(one.format(0))))


ITSELF = {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}}
RING = {"a.proto": 'syntax = "proto3"; import "b.proto";'}
RING |= {"b.proto": 'syntax = "proto3"; import "a.proto";'}
LIST = {"type": "record", "name": "A", "fields": [{"name": "next", "type": ["null", "A"]}]}
ENUM = {"type": "string", "enum": [f"value-{n:07d}" for n in range(320_000)]}
TWICE = '{"type": "object", "type": "string"}'
CASES = {
    "reference to an address": Case(
        format="openapi",
        document=openapi({"A": {"$ref": "http://169.254.169.254/a.json#/A"}}),
        says="remote-reference",
    ),
    "reference to a file": Case(
        format="openapi",
        document=openapi({"A": {"$ref": "file:///etc/passwd"}}),
        says="remote-reference",
    ),
    "reference to a file beside": Case(
        format="jsonschema",
        document='{"$ref": "../../etc/passwd"}',
        says="lies outside the document",
    ),
    "reference to itself": Case(
        format="openapi",
        document=openapi({"A": {"$ref": "#/components/schemas/A"}}),
        says="reference-cycle",
    ),
    "schema that holds itself": Case(format="openapi", document=openapi({"A": ITSELF})),
    "schemas that double": Case(format="openapi", document=openapi(doubling(60))),
    "record that holds itself": Case(format="avro", document=json.dumps(LIST)),
    "aliases that multiply": Case(
        format="openapi", document=bomb(), says="aliases are not allowed", media_type=YAML
    ),
    "alias of itself": Case(
        format="openapi", document="a: &a [*a]", says="aliases are not allowed", media_type=YAML
    ),
    "deep JSON": Case(format="jsonschema", document="[" * DEEP, says="deeper than 64"),
    "deep JSON that closes": Case(
        format="avro", document='{"a":' * DEEP + "1" + "}" * DEEP, says="deeper than 64"
    ),
    "deep YAML": Case(
        format="openapi", document="a: " + "[" * DEEP, says="deeper than 64", media_type=YAML
    ),
    "key that stands twice": Case(format="jsonschema", document=TWICE, says="stands twice"),
    "key of YAML that stands twice": Case(
        format="openapi", document="a: 1\na: 2", says="stands twice", media_type=YAML
    ),
    "number that is none": Case(format="jsonschema", document='{"maximum": NaN}', says="NaN"),
    "endless number": Case(
        format="jsonschema", document=f'{{"maximum": {"9" * 5_000}}}', says="not JSON"
    ),
    "pattern that goes back": Case(
        format="jsonschema", document='{"type": "string", "pattern": "(a+)+$"}'
    ),
    "imports in a ring": Case(format="protobuf", document=json.dumps(RING), says="in a ring"),
    "import of itself": Case(
        format="protobuf",
        document='syntax = "proto3"; import "schema.proto";',
        says="in a ring",
        media_type=PROTO,
    ),
    "deep Protobuf": Case(
        format="protobuf",
        document='syntax = "proto3";' + "message A {" * DEEP,
        says="deeper than 32",
        media_type=PROTO,
    ),
    "option in itself": Case(
        format="protobuf",
        document='syntax = "proto3"; option a = ' + "{a:" * DEEP,
        says="deeper than 32",
        media_type=PROTO,
    ),
    "10 MB of JSON": Case(
        format="jsonschema", document=json.dumps({"type": "object", "description": "x" * 10**7})
    ),
    "more than 10 MB of JSON": Case(
        format="jsonschema", document=f'"{"x" * 11_000_000}"', says="larger than 10 MiB"
    ),
    "millions of values": Case(
        format="jsonschema", document=f"[{'1,' * 2_100_000}1]", says="more than 2,000,000 values"
    ),
    "4 MB of YAML": Case(format="openapi", document=yaml_of(4_000_000), media_type=YAML),
    "more than 4 MB of YAML": Case(
        format="openapi", document="x" * 4_300_000, says="larger than 4 MiB", media_type=YAML
    ),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("hostile")
    databases = installation(folder)
    with opened(databases, folder) as one:
        one.put("/v1/teams/finance", {"name": "Finance"}, expect=201)
        yield one
    databases.close()


@pytest.mark.parametrize("name", CASES)
def test_a_document_of_a_contract_is_refused_in_words_or_handled(house: House, name: str):
    case, subject = CASES[name], f"hostile.{name.replace(' ', '-').lower()}"
    kind = "api" if case.format == "openapi" else "event"
    body = {"subject": subject, "kind": kind, "format": case.format, "owner": "finance"}
    house.post("/v1/contracts", body, expect=201)
    begun = time.process_time()
    answer = house.http.post(
        f"/v1/contracts/{subject}/check",
        content=case.document.encode(),
        headers={"content-type": case.media_type},
    )
    assert time.process_time() - begun < SECONDS
    if not case.says:
        assert answer.json()["verdict"] == "compatible", answer.text[:500]
        return
    assert answer.status_code == 422 or answer.json()["verdict"] == "not_evaluated"
    assert case.says in answer.text


@pytest.mark.parametrize("name", [name for name, one in CASES.items() if one.format in TYPES])
def test_a_schema_of_kafka_is_refused_in_words_or_handled(house: House, name: str):
    case = CASES[name]
    body = {"schema": case.document, "schemaType": TYPES[case.format]}
    begun = time.process_time()
    answer = house.http.post(f"{V7}/{name.replace(' ', '-')}/versions", json=body)
    assert time.process_time() - begun < SECONDS
    if not case.says:
        assert answer.status_code == 200, answer.text[:500]
        return
    assert (answer.status_code, answer.json()["error_code"]) == (422, 42201)
    if case.media_type != JSON or case.format != "protobuf":  # one file alone is sent there
        assert case.says in answer.text


def test_an_enum_of_5_mb_is_registered_and_compared(house: House):
    sent = {"schema": json.dumps(ENUM), "schemaType": "JSON"}
    assert len(sent["schema"]) > 5_000_000
    house.post(f"{V7}/enum/versions", sent)
    fewer = {**sent, "schema": json.dumps({**ENUM, "enum": ENUM["enum"][1:]})}
    begun = time.process_time()
    path = "/apis/ccompat/v7/compatibility/subjects/enum/versions?verbose=true"
    told = house.post(path, fewer)
    assert time.process_time() - begun < SECONDS
    assert told["is_compatible"] is False
    assert "ENUM_ARRAY_NARROWED" in told["messages"][0]
    assert len(told["messages"][0]) < 5_000


def descriptor(**said: Any) -> bytes:
    return FileDescriptorProto(name="a.proto", syntax="proto3", **said).SerializeToString()


def held(tag: bytes, content: bytes) -> bytes:
    """Return *content* as the field of a message that *tag* begins."""
    size, length = len(content), b""
    while size > 0x7F:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return tag + length + bytes([size]) + content


def nested(levels: int) -> bytes:
    """Message within message: field 3 of each holds the next, field 4 of the file the first."""
    content = b"\x0a\x01A"
    for _ in range(levels):
        content = b"\x0a\x01A" + held(b"\x1a", content)
    return descriptor() + held(b"\x22", content)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xff\xff\xff",
        nested(2_000),
        descriptor(dependency=["schema.proto"]),
        descriptor(dependency=["/etc/passwd"]),
        descriptor(message_type=[{"name": "A B"}]),
        descriptor(message_type=[{"name": "A"}, {"name": "A"}]),
        descriptor(message_type=[{"name": "A", "field": [{"name": "a", "number": 0}]}]),
        descriptor(message_type=[{"name": "A", "field": [{"name": "a", "number": 1, "type": 11}]}]),
        descriptor(package="; message B {}"),
    ],
)
def test_a_compiled_file_that_no_compiler_wrote_is_refused(house: House, content: bytes):
    body = {"schema": base64.b64encode(content).decode(), "schemaType": "PROTOBUF"}
    answer = house.http.post(f"{V7}/compiled/versions", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (422, 42201), answer.text
