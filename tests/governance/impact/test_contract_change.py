"""What a comparison says changed, by the field or the operation that somebody uses."""

from copy import deepcopy
from datetime import date
from typing import Any

import msgspec
import pytest

from governance.compatibility.comparison import Terms
from governance.compatibility.modes import Edition
from governance.contract.artifact import read_artifact
from governance.contract.catalogue import Compatibility
from governance.impact.change import Change, changes
from governance.impact.use import touches, touching

SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Time",
    "required": ["timesheet"],
    "properties": {
        "timesheet": {"type": "string"},
        "amount": {"$ref": "#/$defs/money"},
        "fee": {"$ref": "#/$defs/money"},
        "lines": {"type": "array", "items": {"properties": {"rate": {"type": "number"}}}},
        "note": {"type": "string"},
    },
    "$defs": {
        "money": {"type": "object", "properties": {"currency": {"type": "string"}}},
        "unused": {"type": "string"},
    },
}


def changed(
    old: Any, new: Any, format_: str = "jsonschema", mode: Compatibility = "backward"
) -> dict[str, tuple[str, str]]:
    """Return place → (kind, level)."""
    older, newer = (
        read_artifact(msgspec.json.encode(one), "application/json") for one in (old, new)
    )
    terms = Terms(on=date(2026, 3, 2), policy="lenient")
    found = changes(format_, mode, Edition(artifact=older), newer, terms)
    return {one.place: (one.kind, one.level) for one in found}


def altered(**properties: Any) -> dict[str, Any]:
    new = deepcopy(SCHEMA)
    new["properties"] |= properties
    return new


def test_a_field_that_is_gone_is_named_though_no_reader_of_open_data_is_refused():
    new = deepcopy(SCHEMA)
    del new["properties"]["note"]
    assert changed(SCHEMA, new) == {"note": ("removed", "info")}
    assert changed(new, SCHEMA)["note"][0] == "added"


def test_what_is_referred_to_changed_wherever_it_is_referred_to():
    new = deepcopy(SCHEMA)
    new["$defs"]["money"]["properties"]["currency"] = {"type": "integer"}
    assert changed(SCHEMA, new) == {
        "amount.currency": ("changed", "breaking"),
        "fee.currency": ("changed", "breaking"),
    }


def test_an_item_of_a_list_is_told_by_its_path():
    new = altered(lines={"type": "array", "items": {"properties": {"rate": {"type": "string"}}}})
    assert changed(SCHEMA, new) == {"lines[].rate": ("changed", "breaking")}


def test_a_field_that_is_demanded_from_now_on_is_the_field_that_changed():
    new = {**SCHEMA, "required": ["timesheet", "note"]}
    assert changed(SCHEMA, new) == {"note": ("changed", "breaking")}


def test_a_title_and_what_nothing_refers_to_touch_nobody():
    new = deepcopy(SCHEMA) | {"title": "Approved time"}
    new["$defs"]["unused"] = {"type": "integer"}
    assert changed(SCHEMA, new) == {}


def test_the_level_is_that_of_the_direction_that_the_contract_is_held_to():
    new = altered(timesheet={"type": "string", "maxLength": 5})
    assert changed(SCHEMA, new)["timesheet"][1] == "breaking"
    assert changed(SCHEMA, new, mode="forward")["timesheet"] == ("changed", "info")


def test_a_schema_within_itself_is_followed_once():
    node = {"properties": {"value": {"type": "string"}, "next": {"$ref": "#/$defs/node"}}}
    old = {"properties": {"first": {"$ref": "#/$defs/node"}}, "$defs": {"node": node}}
    new = deepcopy(old)
    new["$defs"]["node"]["properties"]["value"] = {"type": "integer"}
    assert changed(old, new) == {"first.value": ("changed", "breaking")}


def test_a_document_that_is_closed_touches_whoever_reads_any_of_it():
    found = changed({"type": "object"}, {"type": "array"})
    assert found == {"the whole document": ("changed", "breaking")}


def record(*fields: tuple[str, Any]) -> dict[str, Any]:
    told = [{"name": name, "type": kind} for name, kind in fields]
    return {"type": "record", "name": "Time", "fields": told}


def test_a_field_of_a_record_is_told_by_its_name_wherever_it_stands():
    money = {"type": "record", "name": "Money", "fields": [{"name": "currency", "type": "string"}]}
    dollars = deepcopy(money)
    dollars["fields"][0]["type"] = "int"
    old = record(("id", "string"), ("amount", money), ("fee", "Money"))
    assert changed(old, record(("amount", dollars), ("fee", "Money")), "avro") == {
        "amount.currency": ("changed", "breaking"),
        "fee.currency": ("changed", "breaking"),
        "id": ("removed", "info"),
    }


def test_an_operation_and_the_fields_of_its_answer_are_told_apart():
    def api(**properties: Any) -> dict[str, Any]:
        schema = {"type": "object", "properties": properties}
        answer = {"description": "orders", "content": {"application/json": {"schema": schema}}}
        paths = {"/orders": {"get": {"responses": {"200": answer}}}}
        return {"openapi": "3.0.3", "info": {"title": "Orders", "version": "1.0.0"}, "paths": paths}

    old = api(total={"type": "number"}, id={"type": "string"})
    old["paths"]["/orders"]["delete"] = {"responses": {"204": {"description": "gone"}}}
    assert changed(old, api(total={"type": "string"}, id={"type": "string"}), "openapi") == {
        "DELETE /orders": ("removed", "breaking"),
        "GET /orders total": ("changed", "breaking"),
    }


def test_a_field_of_a_message_is_told_by_its_name():
    old = {"a.proto": 'syntax="proto3"; message Order { string id = 1; string note = 2; }'}
    new = {"a.proto": 'syntax="proto3"; message Order { int32 id = 1; }'}
    assert changed(old, new, "protobuf") == {
        "Order.id": ("changed", "breaking"),
        "Order.note": ("removed", "breaking"),
    }


@pytest.mark.parametrize(
    ("operation", "field", "use", "touched"),
    [
        ("", "amount.currency", "amount", True),
        ("", "amount", "amount.currency", True),
        ("", "amount", "amounts", False),
        ("", "lines[].rate", "lines", True),
        ("", "", "amount", True),
        ("GET /orders", "total", "GET /orders", True),
        ("GET /orders", "total", "GET /orders total", True),
        ("GET /orders", "total", "GET /orders id", False),
        ("GET /orders", "total", "total", True),
        ("GET /orders", "total", "POST /orders", False),
        ("GET /orders", "total", "POST /orders total", False),
        ("GET /orders", "", "total", True),
        ("Orders.Get", "", "Orders.Get", True),
        ("Orders.Get", "", "Orders.List", False),
    ],
)
def test_who_uses_a_part_or_the_whole_of_what_changed_is_touched(
    operation: str, field: str, use: str, *, touched: bool
):
    assert touches(Change(operation=operation, field=field), use) is touched


def test_who_does_not_say_what_they_use_is_touched_by_any_change():
    one = Change(field="amount")
    assert touching([one], []) == [one]
    assert touching([one], ["note"]) == []


def test_what_is_referred_to_by_an_escaped_name_is_told_where_it_is_used():
    old = {
        "properties": {"fee": {"$ref": "#/$defs/of%20a~1day"}},
        "$defs": {"of a/day": {"properties": {"rate": {"type": "number"}}}},
    }
    new = deepcopy(old)
    new["$defs"]["of a/day"]["properties"]["rate"]["type"] = "string"
    assert changed(old, new) == {"fee.rate": ("changed", "breaking")}
