"""The house rules, each against what it finds and what it lets pass."""

import json
from typing import Any

import pytest

from controlplane.pack.shipped import shipped
from governance.contract.artifact import read_artifact
from governance.lint import linting
from governance.lint.linting import lint
from governance.lint.reading import read_policy
from governance.lint.ruleset import About
from governance.lint.shipped import SHIPPED, shipped_text

HOUSE = read_policy(shipped_text("controlplane:house"))


def api(operation=None, path="/orders", **rest: Any):
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1.0.0", "description": "d", "contact": {"email": "e"}},
        "security": [{"key": []}],
        "paths": {path: {"get": operation if operation is not None else GOOD}},
        **rest,
    }


def listing(*parameters: str):
    schema = {"type": "object", "properties": {"items": {"type": "array"}}}
    answers = {"200": {"content": {"application/json": {"schema": schema}}}, "default": {}}
    return GOOD | {"responses": answers, "parameters": [{"name": one} for one in parameters]}


def event(**properties: Any):
    return {"title": "T", "type": "object", "properties": properties}


def avro(*fields: Any):
    return {"type": "record", "name": "Paid", "namespace": "a", "doc": "d", "fields": [*fields]}


def proto(body):
    return f'syntax = "proto3";\npackage acme.v1;\n// Said.\n{body}'


TEXT = {"type": "string", "description": "d"}
GOOD = {
    "operationId": "list",
    "summary": "s",
    "responses": {"200": {}, "404": {"content": {"application/problem+json": {}}}},
}
CASES = [
    ("api-has-contact", "openapi", api(info={"contact": {"name": "x"}}), api()),
    ("api-has-an-owner-to-ask", "openapi", api(info={}), api()),
    (
        "api-has-description",
        "asyncapi",
        {"asyncapi": "3.0.0", "info": {}},
        {"asyncapi": "3.0.0", "info": {"description": "d"}},
    ),
    (
        "path-is-kebab-case",
        "openapi",
        api(path="/orderLines"),
        api(path="/order-lines/{line_id}/tax.json"),
    ),
    ("operation-has-id", "openapi", api({}), api()),
    ("operation-has-summary", "openapi", api({}), api()),
    ("operation-is-secured", "openapi", api(GOOD | {"security": []}), api()),
    (
        "operation-is-secured",
        "openapi",
        api(security=[{}]),
        api(GOOD | {"security": [{"key": []}]}, security=[]),
    ),
    (
        "operation-tells-errors",
        "openapi",
        api({"responses": {"200": {}}}),
        api({"responses": {"default": {}}}),
    ),
    (
        "error-is-a-problem",
        "openapi",
        api({"responses": {"404": {"content": {"text/html": {}}}}}),
        api(),
    ),
    ("list-is-paged", "openapi", api(listing("colour")), api(listing("cursor"))),
    ("media-has-example", "openapi", api(listing()), api()),
    (
        "component-is-used",
        "openapi",
        api(components={"schemas": {"A": {}}}),
        api(components={"schemas": {"A": {"$ref": "#/components/schemas/A"}}}),
    ),
    (
        "message-has-name",
        "asyncapi",
        {"asyncapi": "3.0.0", "components": {"messages": {"a": {}}}},
        {"asyncapi": "3.0.0", "components": {"messages": {"a": {"name": "a"}}}},
    ),
    (
        "message-says-its-content-type",
        "asyncapi",
        {"asyncapi": "3.0.0", "components": {"messages": {"a": {}}}},
        {
            "asyncapi": "3.0.0",
            "defaultContentType": "application/json",
            "components": {"messages": {"a": {}}},
        },
    ),
    ("event-has-title", "jsonschema", {}, event()),
    ("event-is-an-object", "jsonschema", {"type": "array"}, event()),
    ("event-leaves-the-envelope-out", "jsonschema", event(specversion=TEXT), event(source=TEXT)),
    (
        "property-name-has-one-style",
        "jsonschema",
        event(**{"Due-Date": TEXT}),
        event(due_date=TEXT, dueDate=TEXT),
    ),
    ("property-has-description", "jsonschema", event(a={"type": "string"}), event(a=TEXT)),
    (
        "money-is-exact",
        "jsonschema",
        event(unit_price={"type": ["number", "null"]}),
        event(unit_price=TEXT, price_list={"type": "number"}),
    ),
    (
        "money-has-currency",
        "jsonschema",
        event(amount=TEXT),
        event(amount={"$ref": "#/$defs/money"}),
    ),
    (
        "money-has-currency",
        "jsonschema",
        event(amount=TEXT, money=TEXT),
        event(amount=TEXT, currency=TEXT),
    ),
    (
        "instant-has-zone",
        "jsonschema",
        event(paid_at=TEXT),
        event(paid_at=TEXT | {"format": "date-time"}, paid_on=TEXT),
    ),
    (
        "instant-has-zone",
        "jsonschema",
        event(createdAt={"type": "integer"}),
        event(createdAt={"type": ["string", "null"], "format": "date-time"}),
    ),
    (
        "personal-data-is-classified",
        "jsonschema",
        event(email=TEXT),
        event(email=TEXT | {"x-classification": "personal"}),
    ),
    (
        "personal-data-is-classified",
        "jsonschema",
        event(date_of_birth=TEXT | {"x-classification": "hot"}),
        event(emails_sent=TEXT),
    ),
    (
        "enum-fits-its-type",
        "jsonschema",
        event(a={"type": "string", "enum": [1]}),
        event(a={"type": "string", "enum": ["1"]}),
    ),
    (
        "avro-has-doc",
        "avro",
        avro({"name": "a", "type": "int"}),
        avro({"name": "a", "type": "int", "doc": "d"}),
    ),
    ("avro-has-namespace", "avro", {"type": "record", "name": "A", "fields": []}, avro()),
    ("avro-record-is-pascal-case", "avro", avro() | {"name": "paid_thing"}, avro()),
    (
        "avro-money-is-exact",
        "avro",
        avro({"name": "net_amount", "type": ["null", "double"]}),
        avro({"name": "net_amount", "type": {"type": "bytes", "logicalType": "decimal"}}),
    ),
    (
        "avro-instant-has-zone",
        "avro",
        avro({"name": "paid_at", "type": "long"}),
        avro({"name": "paid_at", "type": {"type": "long", "logicalType": "timestamp-millis"}}),
    ),
    (
        "avro-personal-data-is-classified",
        "avro",
        avro({"name": "iban", "type": "string"}),
        avro({"name": "iban", "type": "string", "x-classification": "personal"}),
    ),
    (
        "proto-package-has-version",
        "protobuf",
        'syntax = "proto3";\npackage acme;',
        proto("message A {}"),
    ),
    (
        "proto-message-is-pascal-case",
        "protobuf",
        proto("message a_b {}"),
        proto("message Ab { message C {} }"),
    ),
    (
        "proto-field-is-snake-case",
        "protobuf",
        proto("message A { string bC = 1; }"),
        proto("message A { string b_c = 1; }"),
    ),
    (
        "proto-enum-begins-unspecified",
        "protobuf",
        proto("enum A { ONE = 0; }"),
        proto("enum A { A_UNSPECIFIED = 0; }"),
    ),
    (
        "proto-money-is-exact",
        "protobuf",
        proto("message A { double amount = 1; }"),
        proto("message A { string amount = 1; double hours = 2; }"),
    ),
    ("proto-has-comment", "protobuf", proto("message A {}\nmessage B {}"), proto("message A {}")),
]
UNASKED = {"enum-says-whether-it-grows"}


def rules_broken(format_, document):
    text = isinstance(document, str)
    content = document.encode() if text else json.dumps(document).encode()
    artifact = read_artifact(content, "text/x-protobuf" if text else "application/json")
    return {one.rule for one in lint(HOUSE, artifact, About(format=format_))}


@pytest.mark.parametrize(("rule", "format_", "poor", "good"), CASES)
def test_a_house_rule_finds_what_is_poor_and_lets_pass_what_is_good(rule, format_, poor, good):
    assert rule in rules_broken(format_, poor)
    assert rule not in rules_broken(format_, good)


def test_every_house_rule_is_shown_at_work_and_says_why():
    assert {one.id for one in HOUSE.rules} - UNASKED == {case[0] for case in CASES}
    assert [one.id for one in HOUSE.rules if not (one.rationale and one.description)] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_rule_sets_are_policies(name):
    assert read_policy(shipped_text(f"controlplane:{name}")).name == name


def test_the_contracts_of_the_pack_follow_the_house_rules():
    poor = [
        (contract.contract.subject, version.version, one.rule, one.line)
        for pack in shipped()
        for contract in pack.contracts
        for version in contract.versions
        for one in lint(
            HOUSE,
            read_artifact(version.artifact, "application/json"),
            About(format=contract.contract.format, domain=contract.contract.domain),
        )
        if one.level != "info"
    ]
    assert poor == []


def test_a_finding_in_protobuf_stands_at_the_line_of_its_file():
    artifact = read_artifact(proto("message A {\n  double amount = 1;\n}").encode(), "text/plain")
    found = [one for one in lint(HOUSE, artifact, About(format="protobuf")) if one.level == "error"]
    assert [(one.rule, one.line) for one in found] == [("proto-money-is-exact", 5)]


def test_a_document_of_many_members_is_linted_in_the_time_of_reading_it():
    members = {f"m{n}": TEXT for n in range(20)}
    schemas = {f"S{n}": {"type": "object", "properties": members} for n in range(200)}
    steps = _steps(api(components={"schemas": schemas})), _steps(api())
    assert steps[0] < 60_000
    assert steps[1] < 1_000


def _steps(document) -> int:
    made: list[linting.Document] = []

    class Counted(linting.Document):
        def __init__(self, data: Any) -> None:
            super().__init__(data)
            made.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linting, "Document", Counted)
        rules_broken("openapi", document)
    return 5_000_000 - made[0].steps
