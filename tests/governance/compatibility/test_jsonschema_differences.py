"""What a change of a JSON Schema is called, and what each policy makes of it."""

from typing import Any

import pytest

from governance.compatibility.comparison import Policy, Verdict, concluded
from governance.compatibility.jsonschema.schema import differences

OPEN: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string"}}}
CLOSED = {**OPEN, "additionalProperties": False}
FIVES, TENS = {"type": "number", "multipleOf": 5}, {"type": "number", "multipleOf": 10}
WITH_MORE = {**OPEN, "properties": {**OPEN["properties"], "b": {"type": "string"}}}
ANYTHING = True
SEVEN = {"$schema": "http://json-schema.org/draft-07/schema#"}


def rules(old: object, new: object, policy: Policy = "strict") -> list[str]:
    return [finding.rule for finding in concluded(differences(old, new, policy)).findings]


def verdict(old: object, new: object, policy: Policy = "strict") -> Verdict:
    return concluded(differences(old, new, policy)).verdict


def text(**said: object) -> dict[str, object]:
    return {"type": "string", **said}


def number(**said: object) -> dict[str, object]:
    return {"type": "number", **said}


def listing(**said: object) -> dict[str, object]:
    return {"type": "array", **said}


def thing(**said: object) -> dict[str, object]:
    return {"type": "object", **said}


@pytest.mark.parametrize(
    ("looser", "tighter", "back", "forth"),
    [
        (text(), text(maxLength=5), "MAX_LENGTH_REMOVED", "MAX_LENGTH_ADDED"),
        (text(maxLength=9), text(maxLength=5), "MAX_LENGTH_INCREASED", "MAX_LENGTH_DECREASED"),
        (text(), text(minLength=1), "MIN_LENGTH_REMOVED", "MIN_LENGTH_ADDED"),
        (text(), text(pattern="^a"), "PATTERN_REMOVED", "PATTERN_ADDED"),
        (text(), text(format="date"), "FORMAT_REMOVED", "FORMAT_ADDED"),
        (number(), number(minimum=1), "MINIMUM_REMOVED", "MINIMUM_ADDED"),
        (number(maximum=9), number(maximum=5), "MAXIMUM_INCREASED", "MAXIMUM_DECREASED"),
        (
            number(multipleOf=5),
            number(multipleOf=10),
            "MULTIPLE_OF_REDUCED",
            "MULTIPLE_OF_EXPANDED",
        ),
        (number(), {"type": "integer"}, "TYPE_EXTENDED", "TYPE_NARROWED"),
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, "ENUM_ARRAY_EXTENDED", "ENUM_ARRAY_NARROWED"),
        (listing(), listing(maxItems=2), "MAX_ITEMS_REMOVED", "MAX_ITEMS_ADDED"),
        (listing(), listing(uniqueItems=True), "UNIQUE_ITEMS_REMOVED", "UNIQUE_ITEMS_ADDED"),
        (listing(), listing(items=text()), "SCHEMA_REMOVED", "SCHEMA_ADDED"),
        (listing(), listing(contains=text()), "SCHEMA_REMOVED", "SCHEMA_ADDED"),
        (thing(), thing(maxProperties=2), "MAX_PROPERTIES_REMOVED", "MAX_PROPERTIES_ADDED"),
        (thing(), thing(required=["a"]), "REQUIRED_ATTRIBUTE_REMOVED", "REQUIRED_ATTRIBUTE_ADDED"),
        (
            thing(),
            thing(dependentRequired={"a": ["b"]}),
            "DEPENDENCY_ARRAY_REMOVED",
            "DEPENDENCY_ARRAY_ADDED",
        ),
        (
            thing(),
            thing(dependentSchemas={"a": thing(required=["b"])}),
            "DEPENDENCY_SCHEMA_REMOVED",
            "DEPENDENCY_SCHEMA_ADDED",
        ),
        (OPEN, CLOSED, "ADDITIONAL_PROPERTIES_ADDED", "ADDITIONAL_PROPERTIES_REMOVED"),
        (
            thing(),
            OPEN,
            "PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL",
            "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
        ),
        (
            {"not": text(maxLength=5)},
            {"not": text(maxLength=9)},
            "NOT_TYPE_NARROWED",
            "NOT_TYPE_EXTENDED",
        ),
        (
            {"anyOf": [text(), number()]},
            {"anyOf": [text()]},
            "SUM_TYPE_EXTENDED",
            "SUM_TYPE_NARROWED",
        ),
    ],
)
def test_a_change_breaks_in_the_one_direction_only_and_is_named_for_both(
    looser: object, tighter: object, back: str, forth: str
):
    assert (back in rules(tighter, looser), verdict(tighter, looser)) == (True, "compatible")
    assert (forth in rules(looser, tighter), verdict(looser, tighter)) == (True, "incompatible")


@pytest.mark.parametrize(
    ("old", "new", "rule", "lenient"),
    [
        (OPEN, WITH_MORE, "OPTIONAL_PROPERTY_ADDED_TO_OPEN", True),
        (CLOSED, thing(additionalProperties=False), "PROPERTY_REMOVED_FROM_CLOSED", True),
        (OPEN, CLOSED, "ADDITIONAL_PROPERTIES_REMOVED", True),
        (OPEN, {**OPEN, "required": ["a"]}, "REQUIRED_ATTRIBUTE_ADDED", False),
        (OPEN, thing(properties={"a": number()}), "TYPE_CHANGED", False),
    ],
)
def test_the_lenient_policy_lets_names_come_and_go_but_no_type_change(
    old: object, new: object, rule: str, *, lenient: bool
):
    assert any(one.startswith(rule) for one in rules(old, new))
    assert verdict(old, new) == "incompatible"
    assert (verdict(old, new, "lenient") == "compatible") is lenient


def test_an_optional_property_may_join_a_closed_object():
    new = {**CLOSED, "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}
    assert rules(CLOSED, new) == ["OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL"]
    assert verdict(CLOSED, new) == "compatible"


def test_a_new_required_property_with_a_default_passes_with_a_warning():
    new = {
        **CLOSED,
        "properties": {"a": {"type": "string"}, "b": {"type": "integer", "default": 0}},
        "required": ["b"],
    }
    [finding] = differences(CLOSED, new, "strict")
    assert finding.rule == "REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN_CONTENT_MODEL"
    assert (finding.level, finding.pointer) == ("warning", "/properties/b")


def test_a_partially_open_object_takes_a_property_that_fits_what_others_held():
    partly = thing(additionalProperties=number())
    fitting, not_fitting = thing(properties={"n": number()}), thing(properties={"n": text()})
    assert "PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL" in rules(partly, fitting)
    assert verdict(partly, fitting) == "compatible"
    assert verdict(partly, not_fitting) == "incompatible"


def test_a_pattern_that_joins_has_to_accept_what_other_patterns_held():
    old = thing(patternProperties={"^a": number()}, additionalProperties=False)
    wider = {**old, "patternProperties": {"^a": number(), "^b": number()}}
    other = {**old, "patternProperties": {"^a": number(), "b$": text()}}
    assert (verdict(old, wider), verdict(old, other)) == ("compatible", "incompatible")


def test_what_stands_in_all_of_is_read_as_one_schema():
    parts = {"allOf": [{"type": "string"}, {"maxLength": 5}]}
    assert verdict(parts, text(maxLength=9)) == "compatible"
    assert verdict(text(maxLength=9), parts) == "incompatible"


def test_a_branch_of_one_of_may_join_when_no_value_can_be_of_two():
    old = {"oneOf": [text(), number()]}
    assert verdict(old, {"oneOf": [text(), number(), {"type": "null"}]}) == "compatible"
    assert verdict(old, {"oneOf": [text(), number(), {"minLength": 1}]}) == "not_evaluated"


def test_branches_are_told_apart_by_what_a_required_name_holds():
    def event(kind: str) -> dict[str, object]:
        return thing(properties={"kind": {"const": kind}}, required=["kind"])

    old = {"oneOf": [event("opened"), event("closed")]}
    assert verdict(old, {"oneOf": [*old["oneOf"], event("reopened")]}) == "compatible"


def test_a_condition_that_changed_is_not_judged():
    old = {"type": "object", "if": {"required": ["a"]}, "then": {"required": ["b"]}}
    looser = {**old, "then": {}}
    other = {**old, "if": {"required": ["c"]}}
    assert verdict(old, looser) == "compatible"
    [finding] = differences(old, other, "strict")
    assert (finding.level, finding.pointer) == ("not_evaluated", "/then")
    assert "`if` is new or changed" in finding.message


def test_unevaluated_properties_beside_other_schemas_are_not_judged():
    old = {"allOf": [OPEN]}
    new = {"allOf": [OPEN], "unevaluatedProperties": False}
    assert verdict(old, new) == "not_evaluated"
    assert verdict(OPEN, {**OPEN, "unevaluatedProperties": False}) == "incompatible"
    assert "UNEVALUATED_PROPERTIES_REMOVED" in rules(OPEN, {**OPEN, "unevaluatedProperties": False})


def test_a_reference_out_of_the_document_is_not_judged():
    assert verdict(OPEN, {"$ref": "https://example.org/other.json"}) == "not_evaluated"


def test_beside_a_reference_draft_seven_reads_nothing():
    defined = {"definitions": {"t": {"type": "string"}}}
    old = {**defined, "properties": {"a": {"$ref": "#/definitions/t"}}}
    new = {**defined, "properties": {"a": {"$ref": "#/definitions/t", "maxLength": 1}}}
    assert verdict(SEVEN | old, SEVEN | new) == "compatible"
    assert verdict(old, new) == "incompatible"


def test_a_change_behind_a_reference_is_found_where_it_stands():
    def order(**said: object) -> dict[str, object]:
        at = {"$ref": "#/$defs/address"}
        return thing(properties={"home": at, "work": at}) | {"$defs": {"address": thing(**said)}}

    [finding] = differences(order(), order(required=["street"]), "strict")
    assert (finding.rule, finding.pointer) == (
        "REQUIRED_ATTRIBUTE_ADDED",
        "/$defs/address/required",
    )


def test_anchors_and_the_names_of_embedded_schemas_are_followed():
    written_out = thing(properties={"a": text(maxLength=2)})
    anchored = thing(properties={"a": {"$ref": "#t"}}) | {
        "$defs": {"t": {"$anchor": "t", **text(maxLength=2)}}
    }
    named = thing(properties={"a": {"$ref": "t.json"}}) | {
        "$id": "https://example.org/a.json",
        "$defs": {"t": {"$id": "t.json", "$ref": "#/$defs/u", "$defs": {"u": text(maxLength=2)}}},
    }
    assert verdict(written_out, anchored) == verdict(anchored, written_out) == "compatible"
    assert verdict(written_out, named) == verdict(named, written_out) == "compatible"


def test_the_schema_true_gives_up_what_was_said_of_a_type():
    assert rules({"type": "string"}, ANYTHING) == ["TYPE_CHANGED"]
    assert verdict({"type": "string"}, {}) == verdict({"type": "string"}, ANYTHING, "lenient")
    assert verdict(OPEN, ANYTHING) == "compatible"


def test_a_list_that_becomes_a_tuple_breaks():
    old, new = listing(items=number()), listing(items=[number()])
    assert rules(SEVEN | old, SEVEN | new)[0] == "ITEM_ADDED_TO_OPEN_CONTENT_MODEL"
    assert verdict(SEVEN | new, SEVEN | old) == "incompatible"


def test_what_applies_to_no_value_that_passed_is_no_change():
    assert rules(text(), text(minimum=3, maxItems=1)) == []


def test_one_and_true_are_two_values():
    assert verdict({"const": 1}, {"const": True}) == "incompatible"
    assert verdict({"const": 1}, {"const": 1.0}) == "compatible"


def test_a_finding_shows_a_long_list_in_short():
    old = {"enum": list(range(1000))}
    [finding] = differences(old, {"enum": [-1]}, "strict")
    assert (finding.rule, len(finding.before), finding.after) == ("ENUM_ARRAY_CHANGED", 21, [-1])
