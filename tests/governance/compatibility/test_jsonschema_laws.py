"""What holds of any two JSON Schemas: the checker never calls compatible what is not."""

import json
from typing import Any

import jsonschema_rs
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.compatibility.comparison import concluded
from governance.compatibility.jsonschema.schema import differences

DIALECTS = {
    "http://json-schema.org/draft-07/schema#": jsonschema_rs.Draft7Validator,
    "https://json-schema.org/draft/2020-12/schema": jsonschema_rs.Draft202012Validator,
}
NAMES = st.sampled_from(["a", "b", "ab"])
NUMBERS = st.sampled_from([1, 1.5, 2])
SMALL = st.integers(0, 3)
PATTERNS = st.sampled_from(["^a", "b", "^[ab]+$", "a*"])
SCALARS = st.sampled_from([0, 1, 2, 3, 1.5, -1, "", "a", "ab", "abab", True, False, None])
TYPES = ["object", "array", "string", "integer", "number", "boolean", "null"]
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcz"), inner, max_size=3)
    ),
    max_leaves=6,
)


def keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return schemas of a few keywords each, made of *inner* ones."""
    listed = st.lists(inner, min_size=1, max_size=2)
    named = st.dictionaries(NAMES, inner, min_size=1, max_size=2)
    said: dict[str, st.SearchStrategy[Any]] = {
        "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), min_size=1, unique=True),
        "enum": st.lists(SCALARS, min_size=1, max_size=3),
        **dict.fromkeys(("minimum", "exclusiveMaximum", "multipleOf"), NUMBERS),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "maxProperties"), SMALL),
        "pattern": PATTERNS,
        "uniqueItems": st.booleans(),
        **dict.fromkeys(("items", "contains", "additionalProperties", "not", "if", "then"), inner),
        "properties": named,
        "patternProperties": st.dictionaries(PATTERNS, inner, min_size=1, max_size=2),
        "propertyNames": st.builds(lambda one: {"pattern": one}, PATTERNS),
        "required": st.lists(NAMES, max_size=2, unique=True),
        **dict.fromkeys(("allOf", "anyOf", "oneOf"), listed),
        "$ref": st.sampled_from(["#/definitions/x", "#/definitions/y"]),
    }
    return st.fixed_dictionaries({}, optional=said)


SCHEMAS = st.recursive(st.booleans() | st.just({"type": "string"}), keywords, max_leaves=4)
DOCUMENTS = st.builds(
    lambda root, x, y, dialect: {
        **(root if isinstance(root, dict) else {}),
        "definitions": {"x": x, "y": y},
        "$schema": dialect,
    },
    *(SCHEMAS, SCHEMAS, SCHEMAS),
    st.sampled_from(sorted(DIALECTS)),
)


@st.composite
def successors(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A document and one that differs from it in a keyword or two: many are compatible."""
    old = draw(DOCUMENTS)
    new = json.loads(json.dumps(old))
    other = draw(DOCUMENTS)
    changing = st.sampled_from(sorted({*old, *other} - {"$schema", "definitions"}) or ["title"])
    for keyword in draw(st.lists(changing, max_size=2, unique=True)):
        if keyword in other and keyword not in new:
            new[keyword] = other[keyword]
        else:
            new.pop(keyword, None)
    return old, new


@settings(max_examples=100, deadline=None)
@given(pair=successors(), values=st.lists(VALUES, min_size=10, max_size=20))
def test_what_is_called_compatible_is_never_refused(
    pair: tuple[dict[str, Any], dict[str, Any]], values: list[Any]
):
    old, new = pair
    if concluded(differences(old, new, "strict")).verdict != "compatible":
        return
    try:
        writer = DIALECTS[old["$schema"]](old)
        reader = DIALECTS[new["$schema"]](new)
    except ValueError:
        return  # a reference that only leads to itself
    for value in values:
        assert not writer.is_valid(value) or reader.is_valid(value)


@settings(max_examples=60, deadline=None)
@given(document=DOCUMENTS)
def test_every_schema_is_compatible_with_itself(document: dict[str, Any]):
    shuffled = json.loads(json.dumps(document, sort_keys=True))
    assert differences(document, shuffled, "strict") == []


@settings(max_examples=60, deadline=None)
@given(document=DOCUMENTS, title=st.text(max_size=3))
def test_a_title_breaks_nothing(document: dict[str, Any], title: str):
    titled = {**document, "title": title}
    assert {one.level for one in differences(document, titled, "strict")} <= {"info"}
