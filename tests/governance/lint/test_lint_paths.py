"""Where paths of rule files lead."""

import pytest

from governance.lint.expression import ExpressionError
from governance.lint.jsonpath import parse_path, places
from governance.lint.node import Document, TooLongError

API = {
    "paths": {
        "/a": {"get": {"operationId": "a"}, "x-note": 1},
        "/b": {"post": {"$ref": "#/shared/op"}, "parameters": [{"in": "query", "name": "limit"}]},
    },
    "shared": {"op": {"operationId": "b", "tags": ["one", "two"]}},
}


def led(path, data=API, **flags: bool):
    return [node.pointer for node in places(parse_path(path), Document(data), **flags)]


@pytest.mark.parametrize(
    ("path", "pointers"),
    [
        ("$", [""]),
        ("$.paths['/a'].get", ["/paths/~1a/get"]),
        ("$.paths[*][get,post]", ["/paths/~1a/get", "/paths/~1b/post"]),
        (
            "$.paths[*][get,post].operationId",
            ["/paths/~1a/get/operationId", "/shared/op/operationId"],
        ),
        ("$..operationId^", ["/paths/~1a/get", "/shared/op"]),
        ("$..tags[1]", ["/shared/op/tags/1"]),
        ("$..[?(@.in == 'query' && @.name)]", ["/paths/~1b/parameters/0"]),
        ("$.paths[*][?(@property.match(/^X-/i))]", ["/paths/~1a/x-note"]),
        ("$.paths[?(!@.parameters || @.nothing)]", ["/paths/~1a"]),
        ("$.shared[?(@.tags.length >= 2 && @.tags.includes('two'))]", ["/shared/op"]),
        ("$.shared.*", ["/shared/op"]),
        ("$.nothing.at.all", []),
    ],
)
def test_a_path_leads_to_the_places_that_it_names(path, pointers):
    assert led(path) == pointers


def test_references_are_followed_unless_a_rule_reads_what_is_written():
    assert led("$.paths[*].post.operationId", resolved=False) == []


def test_a_name_can_be_what_is_meant():
    found = places(parse_path("$.paths[*]~"), Document(API))
    assert [node.value for node in found] == ["/a", "/b"]


@pytest.mark.parametrize(
    "path",
    [
        *("paths", "$.", "$.a[", "$[0:2]", "$[]", "$[(@.length-1)]", "$[?(@.a ==)]"),
        "$[?(@.a.match(/(?=a)/))]",
        "$[?(process.exit())]",
        "$[?(" + "(" * 60 + "@" + ")" * 60 + ")]",
    ],
)
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ExpressionError):
        parse_path(path)


def test_references_in_a_circle_end():
    assert led("$.a.b", {"a": {"$ref": "#/c"}, "c": {"$ref": "#/a"}}) == []


def test_a_walk_that_takes_too_long_is_given_up():
    with pytest.raises(TooLongError):
        list(places(parse_path("$..*"), Document(list(range(100)), steps=50)))
