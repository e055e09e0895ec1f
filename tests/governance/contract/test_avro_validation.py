"""Data in JSON are held against an Avro schema, wrapped as Avro wraps them or plain."""

import json
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from governance.contract.artifact import ArtifactError
from governance.contract.avro.validation import validator

SIGNED: dict[str, Any] = {
    "type": "record",
    "name": "Signed",
    "namespace": "ps",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "hours", "type": "int"},
        {"name": "rate", "type": ["null", "double"], "default": None},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["FIXED", "TIME"]}},
        {
            "name": "by",
            "type": [
                "null",
                "string",
                {
                    "type": "record",
                    "name": "Person",
                    "fields": [
                        {"name": "name", "type": "string"},
                        {"name": "email", "type": "string", "default": ""},
                    ],
                },
            ],
        },
        {"name": "rates", "type": {"type": "map", "values": "float"}, "default": {}},
        {"name": "tags", "type": {"type": "array", "items": "string"}, "default": []},
    ],
}
WHOLE: dict[str, Any] = {"id": "E-1", "hours": 8, "kind": "TIME", "by": "ada"}


def problems(schema: Any = SIGNED, **changes: Any) -> list[tuple[str, str]]:
    data = {name: one for name, one in {**WHOLE, **changes}.items() if one is not ...}
    found = validator(json.dumps(schema).encode())(data)
    return [(one.pointer, one.detail) for one in found]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"rate": None},
        {"rate": Decimal("90.50")},
        {"rate": {"double": 90.5}},
        {"by": {"string": "ada"}},
        {"by": {"name": "Ada"}},
        {"by": {"ps.Person": {"name": "Ada", "email": "ada@example.test"}}},
        {"rates": {"EUR": 1, "USD": 1.1}, "tags": ["a"]},
        {"colour": "a field that nobody declared drifts, and is no error"},
    ],
)
def test_what_keeps_the_schema_passes_wrapped_or_plain(changes: dict[str, Any]):
    assert problems(**changes) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"id": ...}, ("", "'id' is a required field")),
        ({"hours": "8"}, ("/hours", "is no int")),
        ({"hours": 2**31}, ("/hours", "is no int")),
        ({"hours": True}, ("/hours", "is no int")),
        ({"kind": "FREE"}, ("/kind", "is no enum ps.Kind (FIXED, TIME)")),
        ({"rate": "90"}, ("/rate", "is no double")),
        ({"rate": {"double": "90"}}, ("/rate/double", "is no double")),
        ({"by": 7}, ("/by", "is none of null, string, record ps.Person")),
        ({"by": {"ps.Person": {}}}, ("/by/ps.Person", "'name' is a required field")),
        ({"rates": {"EUR": "1"}}, ("/rates/EUR", "is no float")),
        ({"tags": ["a", 7]}, ("/tags/1", "is no string")),
        ({"tags": {"0": "a"}}, ("/tags", "is no array")),
    ],
)
def test_what_breaks_it_is_told_by_its_place(changes: dict[str, Any], found: tuple[str, str]):
    assert problems(**changes) == [found]


def test_bytes_are_text_of_which_each_character_is_a_byte():
    digest = {"type": "fixed", "name": "Digest", "size": 2}
    schema = {"type": "record", "name": "R", "fields": [{"name": "id", "type": digest}]}
    assert problems(schema, id="\x00ÿ") == []
    assert problems(schema, id="€1") == [("/id", "is no fixed Digest")]


def test_records_that_contain_each_other_are_judged_in_little_time():
    node = [
        {"type": "record", "name": name, "fields": [{"name": "next", "type": ["A", "B", "null"]}]}
        for name in ("A", "B")
    ]
    node[0]["fields"][0]["type"] = ["A", node[1], "null"]
    data: Any = 7
    for _ in range(40):
        data = {"next": data}
    assert problems(
        {"type": "record", "name": "R", "fields": [{"name": "id", "type": node[0]}]}, id=data
    )


def test_what_is_no_schema_cannot_check():
    with pytest.raises(ArtifactError):
        validator(b'{"type": "record", "name": "R"}')


def test_the_same_values_pass_as_fastavro_passes():
    parsed = fastavro.parse_schema(SIGNED)
    for one in ({}, {"by": {"name": "Ada"}}, {"hours": "8"}, {"kind": "FREE"}, {"by": 7}):
        given = {"rate": None, "rates": {}, "tags": [], **WHOLE, **one}
        passes = fastavro.validate(given, parsed, raise_errors=False)
        assert (problems(**one) == []) is passes, one
