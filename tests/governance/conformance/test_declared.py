"""What JSON Schema and Avro declare of an event's data, by the same pointers."""

from governance.conformance.avro import declared_in_avro
from governance.conformance.jsonschema import declared_in_schema

INVOICE = {
    "type": "object",
    "required": ["number", "lines"],
    "properties": {
        "number": {"type": "string"},
        "state": {"enum": ["open", "paid", None]},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
        "rates": {"type": "object", "additionalProperties": {"type": "number"}},
    },
    "oneOf": [{"required": ["order"], "properties": {"order": {}}}, {}],
    "$defs": {"line": {"required": ["hours"], "properties": {"hours": {}, "of": {"$ref": "#"}}}},
}
SIGNED = {
    "type": "record",
    "name": "Signed",
    "namespace": "ps",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "note", "type": ["null", "string"], "default": None},
        {
            "name": "kind",
            "type": ["null", {"type": "enum", "name": "Kind", "symbols": ["FIXED", "TIME"]}],
        },
        {"name": "rates", "type": {"type": "map", "values": "double"}},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
    ],
}


def test_properties_are_found_through_references_lists_and_choices():
    declared = declared_in_schema(INVOICE)
    assert {"/number", "/lines/*/hours", "/lines/*/of/number", "/order"} <= set(declared.fields)
    required = {pointer for pointer, one in declared.fields.items() if one.required}
    assert required >= {"/number", "/lines", "/lines/*/hours"}
    assert "/order" not in required
    assert declared.fields["/state"].values == ("open", "paid")


def test_where_any_name_may_stand_nothing_is_undeclared():
    declared = declared_in_schema(INVOICE)
    assert declared.takes("/rates/EUR")
    assert not declared.takes("/colour")


def test_a_schema_that_contains_itself_is_read_to_an_end():
    assert len(declared_in_schema(INVOICE).fields) < 100


def test_avro_declares_fields_and_where_its_json_wraps_them():
    declared = declared_in_avro(SIGNED)
    assert set(declared.fields) == {"/id", "/note", "/kind", "/rates", "/tags", "/tags/*"}
    assert declared.fields["/note"].required is False
    assert declared.wrapped == {"/note/string": "/note", "/kind/ps.Kind": "/kind"}
    assert declared.enumerated == {"/kind", "/kind/ps.Kind"}
    assert declared.takes("/rates/EUR")


def test_of_a_schema_within_itself_the_first_fields_are_declared_and_the_rest_may_be():
    again = {f"again{n}": {"$ref": "#"} for n in range(9)}
    declared = declared_in_schema({"properties": {**again, "id": {"type": "string"}}})
    assert {"/id", "/again0/id", "/again8/again8/id"} <= declared.fields.keys()
    assert not declared.whole
    assert declared.takes("/again0/again1/again2/again3/again4/id")
