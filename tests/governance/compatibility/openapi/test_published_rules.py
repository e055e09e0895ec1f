"""Every rule that is published is found of a change, and of that change only."""

import re
from copy import deepcopy
from typing import Any

from openapi_changes import NOTICE, WITHOUT_NOTICE, changes, rules, single_changes

from governance.compatibility.openapi.rules import LEVELS, OASDIFF

UNREACHED = {"comparison-incomplete"}
"""Rules whose change is too large to be a line of a table."""


def test_each_rule_is_found_of_a_change_made_for_it():
    changes = single_changes()
    missed = {rule for rule, (old, new) in changes.items() if rule not in rules(old, new, NOTICE)}
    missed |= {rule for rule, (old, new) in WITHOUT_NOTICE.items() if rule not in rules(old, new)}
    assert missed == set()
    assert changes.keys() | WITHOUT_NOTICE.keys() == LEVELS.keys() - UNREACHED


def test_a_document_compared_with_itself_has_nothing_to_report():
    told = {
        rule: found
        for rule, pair in single_changes().items()
        for document in pair
        if (found := rules(document, document, NOTICE) - {"api-version-not-bumped"})
    }
    assert told == {"api-invalid-stability-level": {"api-invalid-stability-level"}}


def test_the_list_has_all_that_oasdiff_publishes():
    levels = list(OASDIFF.values())
    assert {level: levels.count(level) for level in set(levels)} == {
        "breaking": 213,
        "warning": 30,
        "info": 266,
    }


AROUND = (
    lambda schema: {"type": "object", "properties": {"line": schema}},
    lambda schema: {"type": "array", "items": schema},
    lambda schema: {"type": "object", "additionalProperties": schema},
    lambda schema: {"allOf": [schema]},
    lambda schema: {"oneOf": [schema]},
)
"""Ways in which a schema stands inside another."""
OF_PROPERTIES = re.compile(
    r"(new-(required|optional)-)?(request|response)-(required-|optional-|read-only-|write-only-)*property"
)


def deeper(node: Any, around: Any) -> Any:
    """Return *node* with the schema of every content put inside another."""
    if isinstance(node, list):
        return [deeper(one, around) for one in node]
    if not isinstance(node, dict):
        return node
    held = {name: deeper(one, around) for name, one in node.items()}
    for media in held["content"].values() if isinstance(held.get("content"), dict) else ():
        if "schema" in media:
            media["schema"] = around(media["schema"])
    return held


def test_a_change_of_a_property_is_told_alike_however_deep_it_stands():
    pairs = single_changes().items()
    told = {rule: pair for rule, pair in pairs if OF_PROPERTIES.match(rule)}
    assert len(told) > 200
    for number, (rule, pair) in enumerate(sorted(told.items())):
        around = AROUND[number % len(AROUND)]
        old, new = ({**one, "paths": deeper(deepcopy(one["paths"]), around)} for one in pair)
        found = {(one.rule, one.level) for one in changes(old, new, NOTICE)}
        assert found == {(one.rule, one.level) for one in changes(*pair, NOTICE)}, rule


def test_a_change_is_told_alike_whatever_the_order_and_whatever_stands_beside():
    for rule, (old, new) in sorted(single_changes().items()):
        found = changes(beside(old), beside(new), NOTICE)
        assert {one.rule for one in found} == rules(old, new, NOTICE), rule


def beside(document: Any) -> Any:
    """Return *document* with its members turned round and a path that does not change."""
    unrelated = {"get": {"responses": {"200": {"description": "an answer"}}}}
    paths = {**document["paths"], "/unrelated": unrelated}
    return turned({**document, "paths": paths})


def turned(node: Any) -> Any:
    if isinstance(node, list):
        return [turned(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {name: turned(node[name]) for name in reversed(node)}
