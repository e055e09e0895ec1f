"""Schemas made to keep a checker busy come to an answer, and to an honest one."""

from time import process_time
from typing import Any

import pytest

from governance.compatibility.comparison import concluded
from governance.compatibility.jsonschema.schema import differences

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
SECONDS = 15  # a few are needed; without bounds it would be hours


def chain(depth: int, leaf: Any) -> dict[str, Any]:
    links = {f"d{n}": {"properties": {"x": {"$ref": f"#/$defs/d{n + 1}"}}} for n in range(depth)}
    return {"$ref": "#/$defs/d0", "$defs": {**links, f"d{depth}": leaf}}


def doubling(depth: int, keyword: str, leaf: Any) -> dict[str, Any]:
    def link(n: int) -> dict[str, Any]:
        both = [{"$ref": f"#/$defs/d{n + 1}"}] * 2
        if keyword == "properties":
            return {"type": "object", keyword: dict(zip("xy", both, strict=True))}
        return {keyword: [*both, {"type": "null"}]}

    links = {f"d{n}": link(n) for n in range(depth)}
    return {"$ref": "#/$defs/d0", "$defs": {**links, f"d{depth}": leaf}}


def unions(count: int) -> dict[str, Any]:
    return {"allOf": [{"anyOf": [{"required": [f"a{n}"]}, {"minLength": 1}]} for n in range(count)]}


LONG = [f"value-{n:06}" for n in range(350_000)]  # 5 MB of JSON


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"enum": LONG}, {"enum": [*LONG, "more"]}, "compatible"),
        ({"enum": [*LONG, "more"]}, {"enum": LONG}, "incompatible"),
        (chain(5_000, TEXT), chain(5_000, NUMBER), "not_evaluated"),
        (doubling(50, "properties", TEXT), doubling(50, "properties", NUMBER), "incompatible"),
        (unions(30), {"required": ["k"], "maxLength": 3}, "incompatible"),
        (
            {"properties": {f"p{n}": TEXT for n in range(5_000)}},
            {"patternProperties": {f"p{n}": NUMBER for n in range(5_000)}},
            "not_evaluated",
        ),
        ({"allOf": [{"$ref": "#"}]}, {"allOf": [{"$ref": "#"}], "title": "t"}, "compatible"),
    ],
    ids=["enum grows", "enum shrinks", "chain", "doubling", "unions", "patterns", "loop"],
)
def test_the_answer_comes_in_bounded_time(old: Any, new: Any, expected: str):
    begun = process_time()
    comparison = concluded(differences(old, new, "strict"))
    assert comparison.verdict == expected
    assert process_time() - begun < SECONDS


def test_a_schema_that_contains_itself_is_compared_to_its_end():
    def tree(value: dict[str, Any]) -> dict[str, Any]:
        node = {"$ref": "#/$defs/node"}
        inner = {"type": "object", "properties": {"left": node, "right": node, "value": value}}
        return {**node, "$defs": {"node": inner}}

    [finding] = differences(tree(TEXT), tree(NUMBER), "strict")
    assert (finding.rule, finding.pointer) == (
        "TYPE_CHANGED",
        "/$defs/node/properties/value/type",
    )
    widened = differences(tree(TEXT), tree({"type": ["string", "null"]}), "strict")
    assert concluded(widened).verdict == "compatible"


def test_what_was_concluded_from_a_pair_that_breaks_is_forgotten():
    """Both branches lead back to the pair being compared; only the number breaks it."""

    def document(value: dict[str, Any]) -> dict[str, Any]:
        back = {"$ref": "#/$defs/a"}
        return {
            "$defs": {
                "a": {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}, "v": value}},
                "b": {"type": "object", "properties": {"a": back}},
            },
            "anyOf": [back, {"$ref": "#/$defs/b"}],
        }

    comparison = concluded(differences(document(TEXT), document(NUMBER), "strict"))
    assert comparison.verdict == "incompatible"


def test_many_differences_are_told_in_part():
    old = {"properties": {f"p{n}": TEXT for n in range(3_000)}}
    new = {"properties": {f"p{n}": NUMBER for n in range(3_000)}}
    comparison = concluded(differences(old, new, "strict"))
    assert (comparison.verdict, len(comparison.findings)) == ("incompatible", 1_001)
