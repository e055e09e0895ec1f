"""What holds of any two documents, whatever they say."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_changes import (
    SCHEMA_CHANGES,
    api,
    changes,
    parameter,
    request_body,
    response_body,
    rules,
)

from governance.compatibility.openapi.rules import LEVELS

NODE = {"$ref": "#/components/schemas/Node"}
SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([NODE, {}, True, {"type": ["string", "null"]}]),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["string", "integer"])},
        optional={
            "maxLength": st.integers(1, 9),
            "minLength": st.integers(1, 9),
            "enum": st.lists(st.sampled_from("abc"), min_size=1, unique=True),
            "readOnly": st.booleans(),
            "deprecated": st.booleans(),
        },
    ),
)


def _composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=3)
    properties = st.dictionaries(st.sampled_from("xyz"), inner)
    required = st.lists(st.sampled_from("xyz"), unique=True)
    return st.one_of(
        st.builds(
            lambda p, r: {"type": "object", "properties": p, "required": r}, properties, required
        ),
        inner.map(lambda one: {"type": "array", "items": one}),
        st.tuples(st.sampled_from(["allOf", "anyOf", "oneOf"]), some).map(lambda two: dict([two])),
    )


SCHEMAS = st.recursive(SCALARS, _composed, max_leaves=6)
OBJECTS = st.builds(
    lambda properties, required: {"type": "object", "properties": properties, "required": required},
    st.dictionaries(st.sampled_from("xyz"), SCHEMAS),
    st.lists(st.sampled_from("xyz"), unique=True),
)


def with_node(document: Any, node: Any) -> Any:
    return document | {"components": {"schemas": {"Node": node}}}


@settings(max_examples=25, deadline=None)
@given(SCHEMAS, SCHEMAS)
def test_nothing_changed_is_nothing_found(schema: Any, node: Any):
    for make in (request_body, response_body, parameter):
        document = with_node(make(schema), node)
        assert rules(document, document) == set()


@settings(max_examples=25, deadline=None)
@given(OBJECTS, SCHEMAS, SCHEMAS)
def test_asking_for_something_optional_breaks_nobody(whole: Any, more: Any, node: Any):
    wider = whole | {"properties": whole["properties"] | {"new": more}}
    old, new = (with_node(request_body(one), node) for one in (whole, wider))
    assert {finding.rule for finding in changes(old, new) if finding.level != "info"} == set()


@settings(max_examples=25, deadline=None)
@given(SCHEMAS)
def test_an_optional_parameter_or_body_breaks_nobody(schema: Any):
    for new in (parameter(schema), request_body(schema)):
        assert {finding.level for finding in changes(api(), new)} == {"info"}


@settings(max_examples=25, deadline=None)
@given(SCHEMAS, SCHEMAS, SCHEMAS)
def test_any_change_is_judged_and_named_once(old: Any, new: Any, node: Any):
    for make in (request_body, response_body, parameter):
        found = changes(with_node(make(old), node), with_node(make(new), {"type": "string"}))
        assert len({finding.id for finding in found}) == len(found)
        assert {finding.level for finding in found} <= {*LEVELS.values()}


def test_what_hurts_a_sender_hurts_a_reader_the_other_way_round():
    uneven = {
        word
        for word, (old, new) in SCHEMA_CHANGES.items()
        if _hurts(request_body(old), request_body(new))
        != _hurts(response_body(new), response_body(old))
    }
    assert uneven == ONE_SIDED


ONE_SIDED = {
    "all-of-added",  # a condition less on what comes back is told, not counted
    "all-of-removed",
    "any-of-removed",  # one more kind of answer among several is told, not counted
    "pattern-added",  # how text that comes back is written is told, not counted
    "pattern-changed",
    "wrapped-in-one-of",  # what is one object again is what it could be before
}


def _hurts(old: Any, new: Any) -> bool:
    return any(finding.level != "info" for finding in changes(old, new))
