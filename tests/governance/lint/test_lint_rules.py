"""Documents held to rule files."""

import json

import pytest
from msgspec.structs import replace

from governance.contract.artifact import read_artifact
from governance.lint import linting
from governance.lint.linting import lint, lint_all
from governance.lint.node import Document
from governance.lint.reading import read_lint_ruleset, read_policy
from governance.lint.ruleset import About
from rules.document import DocumentError


def held(rules, data, format_="jsonschema", **about: str):
    text = data if isinstance(data, bytes) else json.dumps(data, indent=1).encode()
    ruleset = read_lint_ruleset(rules)
    return lint(ruleset, read_artifact(text, "application/json"), About(format=format_, **about))


THEN = "rules:\n  one: {{given: $, then: {{function: {}}}}}"
SLASH = {"char": "/", "allowLeading": True}


def of_one(then, data, given="$"):
    rules = json.dumps({"rules": {"one": {"given": given, "then": then}}})
    return [(one.pointer, one.message) for one in held(rules, data)]


@pytest.mark.parametrize(
    ("function", "options", "wrong", "right"),
    [
        ("truthy", None, ["", 0, None, False], ["x", 1, [], {}]),
        ("falsy", None, ["x", 1, [], {}], ["", 0, None, False]),
        ("undefined", None, [None, 0], []),
        ("pattern", {"match": "^[a-z]+$"}, ["A"], ["a", 1]),
        ("pattern", {"match": "/^[a-z]+$/i"}, ["1"], ["A"]),
        ("pattern", {"notMatch": "todo"}, ["a todo"], ["done"]),
        ("casing", {"type": "flat"}, ["aB"], ["ab"]),
        ("casing", {"type": "camel"}, ["Ab", "a_b"], ["aB", "ab1"]),
        ("casing", {"type": "pascal"}, ["ab"], ["AbC"]),
        ("casing", {"type": "kebab"}, ["a_b", "aB"], ["a-b"]),
        ("casing", {"type": "cobol"}, ["a-B"], ["A-B"]),
        ("casing", {"type": "snake"}, ["a-b"], ["a_b"]),
        ("casing", {"type": "macro"}, ["a_b"], ["A_B"]),
        ("casing", {"type": "snake", "disallowDigits": True}, ["a_1"], ["a_b"]),
        ("casing", {"type": "kebab", "separator": SLASH}, ["//a"], ["/a-b/c"]),
        ("length", {"min": 2}, ["a", [1], 1], ["ab", [1, 2], 2, True]),
        ("length", {"max": 1}, ["ab", {"a": 1, "b": 2}], ["a", {}]),
        ("enumeration", {"values": ["a", 1]}, ["b", 2, True], ["a", 1, []]),
        ("schema", {"schema": {"type": "string"}}, [1], ["a"]),
        ("alphabetical", {}, [["b", "a"], {"b": 1, "a": 1}], [["a", "b"], 1]),
        ("alphabetical", {"keyedBy": "n"}, [[{"n": "b"}, {"n": "a"}]], [[{"n": "a"}, {"n": "b"}]]),
        ("xor", {"properties": ["a", "b"]}, [{}, {"a": 1, "b": 1}], [{"a": 1}]),
        ("or", {"properties": ["a", "b"]}, [{}], [{"a": 1, "b": 1}]),
        (
            "typedEnum",
            None,
            [{"type": "integer", "enum": [True]}],
            [{"type": ["string", "null"], "enum": ["a", None]}],
        ),
    ],
)
def test_a_function_finds_what_is_wrong_and_nothing_else(function, options, wrong, right):
    then = {"field": "x", "function": function, "functionOptions": options}
    assert [value for value in wrong if not of_one(then, {"x": value})] == []
    assert [value for value in right if of_one(then, {"x": value})] == []


def test_what_is_missing_is_told_where_it_should_stand():
    assert of_one({"field": "info.contact.email", "function": "truthy"}, {"info": {}}) == [
        ("/info", "it must be said")
    ]
    assert of_one({"field": "x", "function": "defined"}, {"x": None}) == []


def test_names_are_looked_at_by_the_field_key():
    then = {"field": "@key", "function": "casing", "functionOptions": {"type": "kebab"}}
    assert of_one(then, {"a-b": 1, "aB": 1}) == [("/aB", "'aB' is not written in kebab case")]


def test_shared_schemas_that_nobody_refers_to_are_found():
    options = {"reusableObjectsLocation": "#/$defs"}
    then = {"function": "unreferencedReusableObject", "functionOptions": options}
    data = {"$defs": {"a/b": {}, "c": {}}, "x": {"$ref": "#/$defs/a~1b/items"}}
    assert of_one(then, data, "$.$defs") == [("/$defs/c", "nothing refers to 'c'")]


MESSAGE = """
rules:
  one:
    description: Short
    message: "{{description}} {{property}} {{value}} {{path}}: {{error}} {{other}}"
    given: $.info
    severity: error
    then: {field: title, function: length, functionOptions: {max: 1}}
"""


def test_a_message_has_places_for_what_was_found_and_a_finding_its_line():
    (found,) = held(MESSAGE, {"info": {"title": "ab"}})
    assert found.message == "Short title ab info/title: 2 is more than 1 {{other}}"
    assert (found.id, found.rule, found.line) == ("lint:one:/info/title", "one", 3)


@pytest.mark.parametrize(
    ("blocks", "level"), [("error", "error"), ("warn", "error"), ("never", "warning")]
)
def test_the_policy_says_which_severity_keeps_a_version_back(blocks, level):
    assert held(f"blocks: {blocks}\n{MESSAGE}", {"info": {"title": "ab"}})[0].level == level


BASE = """
formats: [json-schema]
aliases: {Top: [$.a, $.b]}
rules:
  loud: {given: "#Top.name", then: {function: truthy}}
  shy: {given: $, then: {field: c, function: truthy}, recommended: false}
"""


def extended(how, rules="{}"):
    text = f"extends: [[base, {how}]]\nrules: {rules}"
    ruleset = read_lint_ruleset(text, {"base": BASE}.get)
    return {one.id: one.severity for one in ruleset.rules}


def test_a_rule_set_extends_another_and_changes_its_severities():
    assert extended("recommended") == {"loud": "warn", "shy": "off"}
    assert extended("all", "{loud: error}") == {"loud": "error", "shy": "warn"}
    assert extended("off", "{shy: true, loud: 2}") == {"loud": "info", "shy": "warn"}


def test_rules_are_asked_of_their_formats_and_aliases_are_written_out():
    empty = {"a": {"name": ""}, "b": {"name": ""}}
    assert [one.pointer for one in held(BASE, empty | {"c": 1})] == ["/a/name", "/b/name"]
    assert held(BASE, empty, "avro") == []


DOMAINS = (
    BASE + "overrides: [{domains: [fin*], rules: {shy: error}}, "
    "{subjects: [old.*], rules: {shy: off}}]"
)


def test_a_domain_has_severities_of_its_own():
    data = {"a": {"name": 1}}
    assert [one.level for one in held(DOMAINS, data, domain="finance", subject="new.a")] == [
        "error"
    ]
    assert held(DOMAINS, data, domain="finance", subject="old.a") == []
    assert [one.level for one in held(DOMAINS, data, domain="sales")] == ["warning"]


def test_a_policy_speaks_of_the_contracts_that_it_applies_to_and_the_worse_of_two_counts():
    finance = replace(read_lint_ruleset("applies_to: {domains: [finance]}\nblocks: warn\n" + BASE))
    artifact = read_artifact(b"{}", "application/json")
    everywhere = read_lint_ruleset(BASE)
    both = lint_all([everywhere, finance], artifact, About(format="jsonschema", domain="finance"))
    assert [one.level for one in both] == ["error"]
    assert lint(finance, artifact, About(format="jsonschema", domain="sales")) == []


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("rules:\n  one: {given: $, then: {function: nope}}", 2, "rule one: the function 'nope'"),
        ("rules:\n  one:\n    given: $[0:1]\n    then: {function: truthy}", 4, "rule one: [0:1]"),
        (THEN.format("pattern, functionOptions: {match: '(?=a)'}"), 2, "rule one: the pattern"),
        (THEN.format("casing, functionOptions: {type: loud}"), 2, "rule one: `type`"),
        (
            "rules:\n  one: {given: $, then: {function: truthy}, severity: bad}",
            2,
            "rule one: 'bad' is no severity",
        ),
        (
            "rules:\n  one: {given: $, then: {function: truthy}, formats: [oas2]}",
            2,
            "rule one: the format",
        ),
        ("rules:\n  one: {given: '#No', then: {function: truthy}}", 2, "rule one: the alias #No"),
        ("rules:\n  one: {given: $, then: {function: truthy, field: '..a'}}", 2, "rule one: "),
        (THEN.format("schema, functionOptions: {schema: {type: no}}"), 2, "rule one: `schema`"),
        ("rules:\n  one: error", 2, "rule one: nothing of that name is extended"),
        ("extends: ['https://example.com/x.yaml']", 1, "is not found"),
        (
            "rules: {}\noverrides: [{domains: [a], rules: {two: off}}]",
            2,
            "rule two: there is no rule",
        ),
        ("functions: [evil]", 1, "unknown field"),
    ],
)
def test_a_flaw_of_a_rule_file_names_the_rule_and_its_line(text, line, told):
    with pytest.raises(DocumentError) as refused:
        read_lint_ruleset(text)
    assert refused.value.line == line
    assert told in str(refused.value)


def test_rule_sets_that_extend_each_other_for_ever_are_refused():
    with pytest.raises(DocumentError, match="on each other"):
        read_lint_ruleset("extends: [me]", {"me": "extends: [me]"}.get)


def test_a_policy_has_a_name_and_a_version():
    with pytest.raises(DocumentError, match="policy: a-name"):
        read_policy(BASE)


def test_a_rule_that_takes_too_long_is_given_up_and_says_so(monkeypatch):
    monkeypatch.setattr(linting, "Document", lambda data: Document(data, 10))
    (found,) = held("rules: {one: {given: $..*, then: {function: defined}}}", list(range(50)))
    assert found.message.startswith("one took too long")


def test_no_more_than_500_findings_are_told():
    rules = "rules: {one: {given: $.*, then: {function: falsy}}}"
    assert len(held(rules, list(range(1, 900)))) == 500
