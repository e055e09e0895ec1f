"""A reader on the newer Avro schema resolves what a writer on the older one wrote, or does not."""

import json
from time import process_time
from typing import Any

import pytest

from governance.compatibility.avro.resolution import differences
from governance.compatibility.comparison import Verdict, concluded
from governance.contract.artifact import read_artifact
from governance.contract.avro.checking import check_avro


def record(*fields: dict[str, Any], name: str = "Timesheet", **said: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": list(fields), **said}


def field(name: str, type_: Any, **said: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, **said}


def enum(*symbols: str, **said: Any) -> dict[str, Any]:
    return {"type": "enum", "name": "State", "symbols": list(symbols), **said}


def verdict(old: Any, new: Any) -> Verdict:
    return concluded(differences(old, new)).verdict


def breaking(old: Any, new: Any) -> list[tuple[str, str]]:
    return [(one.rule, one.pointer) for one in differences(old, new) if one.level == "breaking"]


HOURS = record(field("hours", "int"))


@pytest.mark.parametrize(
    ("old", "new", "rule", "pointer"),
    [
        (HOURS, record(field("hours", "int"), name="Other"), "NAME_MISMATCH", "/name"),
        (
            {"type": "fixed", "name": "F", "size": 8},
            {"type": "fixed", "name": "F", "size": 4},
            "FIXED_SIZE_MISMATCH",
            "/size",
        ),
        (enum("OPEN", "DONE"), enum("OPEN"), "MISSING_ENUM_SYMBOLS", "/symbols"),
        (
            HOURS,
            record(field("hours", "int"), field("note", "string")),
            "READER_FIELD_MISSING_DEFAULT_VALUE",
            "/fields/1",
        ),
        (HOURS, record(field("hours", "string")), "TYPE_MISMATCH", "/fields/0/type"),
        (["null", "int"], ["null", "string"], "MISSING_UNION_BRANCH", ""),
    ],
)
def test_each_kind_of_incompatibility_is_found_where_it_stands(
    old: Any, new: Any, rule: str, pointer: str
):
    assert (rule, pointer) in breaking(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (HOURS, record(field("hours", "long"))),
        (HOURS, record(field("hours", ["null", "double"]))),
        (HOURS, record(field("worked", "int", aliases=["hours"]))),
        (HOURS, record(field("hours", "int"), name="Sheet", aliases=["Timesheet"])),
        (HOURS, record(field("hours", "int"), namespace="ps.time")),
        (HOURS, record(field("hours", "int"), field("note", "string", default=""))),
        (record(field("hours", "int"), field("note", "string")), HOURS),
        (enum("OPEN", "DONE"), enum("OPEN", default="OPEN")),
        ({"type": "array", "items": "string"}, {"type": "array", "items": "bytes"}),
        ({"type": "map", "values": "int"}, {"type": "map", "values": "float"}),
        (["int", "string"], ["string", "long", "null"]),
    ],
)
def test_what_resolution_provides_for_is_compatible(old: Any, new: Any):
    assert verdict(old, new) == "compatible"


def test_an_amount_is_not_read_by_another_scale():
    def amount(scale: int, precision: int = 9) -> dict[str, Any]:
        return {"type": "bytes", "logicalType": "decimal", "scale": scale, "precision": precision}

    assert breaking(amount(2), amount(4)) == [("TYPE_MISMATCH", "/scale")]
    [finding] = differences(amount(2), amount(2, 12))
    assert (finding.rule, finding.level) == ("DECIMAL_PRECISION_CHANGED", "warning")


def tree(value: Any) -> dict[str, Any]:
    return record(field("value", value), field("next", ["null", "Timesheet"]))


def test_a_record_that_contains_itself_is_resolved_to_its_end():
    assert verdict(tree("int"), tree("long")) == "compatible"
    assert ("TYPE_MISMATCH", "/fields/0/type") in breaking(tree("long"), tree("int"))


def test_a_large_schema_is_compared_in_well_under_a_second():
    def large(symbols: list[str]) -> dict[str, Any]:
        def part(n: int) -> dict[str, Any]:
            states = [
                field(f"x{m}", ["null", {**enum(*symbols), "name": f"E{n}x{m}"}], default=None)
                for m in range(20)
            ]
            back = field("back", ["null", "Timesheet"])
            before = [field("before", f"R{n - 1}")] if n else []
            return record(*states, back, *before, name=f"R{n}")

        return record(*(field(f"f{n}", ["null", part(n)]) for n in range(200)))

    old, new = large(["A", "B", "C"]), large(["A", "B"])
    assert len(json.dumps(old)) > 386_000
    begun = process_time()
    assert verdict(old, json.loads(json.dumps(old))) == "compatible"
    assert verdict(old, new) == "incompatible"
    assert process_time() - begun < 5  # a fifth of a second each on an idle machine


def test_a_chain_of_records_that_is_too_long_is_not_judged():
    def chain(length: int, defining: str) -> dict[str, Any]:
        links = [record(field("before", f"R{n - 1}"), name=f"R{n}") for n in range(1, length)]
        first = record(field("value", "int"), name="R0")
        all_of_them = field(defining, ["null", first, *links], default=None)
        return record(all_of_them, field("last", f"R{length - 1}"))

    assert verdict(chain(50, "mine"), chain(50, "yours")) == "compatible"
    assert verdict(chain(400, "mine"), chain(400, "yours")) == "not_evaluated"


@pytest.mark.parametrize(
    ("schema", "pointer", "message"),
    [
        ("Timesheet", "", "not defined before it is used"),
        (record(field("a", "int"), field("a", "int")), "/fields/1", "stands twice"),
        (record(field("a b", "int")), "/fields/0", "a name of letters"),
        (["int", ["null"]], "/1", "directly in a union"),
        (["int", "int"], "/1", "stands twice in a union"),
        (enum("A", "A"), "/symbols", "each once"),
        (enum("A", default="B"), "/default", "one of its symbols"),
        ({"type": "array"}, "", "says its items"),
        ({"type": "fixed", "name": "F", "size": -1}, "/size", "whole number"),
        ({}, "", "has a type"),
        (7, "", "a schema is a name"),
        (record(field("a", "int", default="x")), "/fields/0/default", "is no int"),
    ],
)
def test_a_schema_that_is_none_says_where(schema: Any, pointer: str, message: str):
    artifact = read_artifact(json.dumps(schema).encode(), "application/json")
    [finding] = [one for one in check_avro(artifact) if one.level == "error"]
    assert (finding.pointer, message in finding.message) == (pointer, True)


def test_a_branch_is_looked_up_by_its_name_however_many_there_are():
    def union(prefix: str) -> list[dict[str, object]]:
        return [{"type": "record", "name": f"{prefix}{n}", "fields": []} for n in range(2_000)]

    begun = process_time()
    found = differences(union("a"), union("b"))
    assert {one.rule for one in found} == {"MISSING_UNION_BRANCH"}
    assert len(found) == 2_000
    assert all(len(one.after) == 20 for one in found)
    assert process_time() - begun < 2  # 17 s when each was held against each
