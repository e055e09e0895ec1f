"""The rules of buf's category STANDARD, each with files that break it and files that keep it."""

import json

import pytest

from governance.contract.artifact import read_artifact
from governance.lint.linting import lint
from governance.lint.reading import read_policy
from governance.lint.ruleset import About
from governance.lint.shipped import shipped_text

BUF = read_policy(shipped_text("controlplane:buf") or "")
PATH = "ps/v1/hours.proto"
LANGUAGES = {
    "CSHARP_NAMESPACE": 'csharp_namespace = "Ps"',
    "GO_PACKAGE": 'go_package = "ps"',
    "JAVA_MULTIPLE_FILES": "java_multiple_files = true",
    "JAVA_PACKAGE": 'java_package = "ps"',
    "PHP_NAMESPACE": 'php_namespace = "Ps"',
    "RUBY_PACKAGE": 'ruby_package = "Ps"',
    "SWIFT_PREFIX": 'swift_prefix = "PS"',
}


def file(body: str = "", package: str = "ps.v1") -> str:
    return f'syntax = "proto3"; package {package}; {body}'


def one(body: str, package: str = "ps.v1") -> dict[str, str]:
    return {PATH: file(body, package)}


def rpc(taken: str, returned: str, name: str = "Bill") -> str:
    return f"rpc {name}({taken}) returns ({returned});"


def service(*rpcs: str, name: str = "BillingService") -> dict[str, str]:
    messages = "message BillRequest {} message BillResponse {} message Hours {}"
    return one(f"{messages} service {name} {{ {' '.join(rpcs)} }}")


BESIDE = "ps/v1/rate.proto"
RATE = {BESIDE: file("message Rate {}")}
IMPORT = f'import "{BESIDE}";'
RING = {
    "ps/a/v1/a.proto": file('import "ps/b/v1/b.proto"; message A { ps.b.v1.B b = 1; }', "ps.a.v1"),
    "ps/b/v1/b.proto": file("message B {}", "ps.b.v1"),
    "ps/b/v1/c.proto": file('import "ps/a/v1/a.proto"; message C { ps.a.v1.A a = 1; }', "ps.b.v1"),
}
PROTO2 = 'syntax = "proto2"; package ps.v1; message A { %s int32 a = 1; }'
FIRST_ONE = 'syntax = "proto2"; package ps.v1; enum A { A_B = 1; }'
CASES: list[tuple[str, dict[str, str], dict[str, str]]] = [
    ("DIRECTORY_SAME_PACKAGE", {**one(""), BESIDE: file("", "ps.v2")}, {**one(""), **RATE}),
    ("PACKAGE_DEFINED", {PATH: 'syntax = "proto3";'}, one("")),
    ("PACKAGE_DIRECTORY_MATCH", {"hours.proto": file()}, {"proto/ps/v1/hours.proto": file()}),
    ("PACKAGE_NO_IMPORT_CYCLE", RING, {**one(f"{IMPORT} message A {{ Rate a = 1; }}"), **RATE}),
    ("PACKAGE_SAME_DIRECTORY", {**one(""), "a/ps/v1/a.proto": file()}, {**one(""), **RATE}),
    (
        "ENUM_FIRST_VALUE_ZERO",
        {PATH: FIRST_ONE},
        one("enum A { A_B = 0; }"),
    ),
    (
        "ENUM_NO_ALLOW_ALIAS",
        one("enum A { option allow_alias = true; A_B = 0; A_C = 0; }"),
        one("enum A { A_B = 0; }"),
    ),
    ("ENUM_PASCAL_CASE", one("enum a_b { A_B = 0; }"), one("enum AB { A_B = 0; }")),
    ("ENUM_VALUE_UPPER_SNAKE_CASE", one("enum A { aB = 0; }"), one("enum A { A_B2 = 0; }")),
    (
        "FIELD_LOWER_SNAKE_CASE",
        one("message A { int32 dueDate = 1; }"),
        one("message A { int32 due_date = 1; }"),
    ),
    ("FIELD_NOT_REQUIRED", {PATH: PROTO2 % "required"}, {PATH: PROTO2 % "optional"}),
    (
        "IMPORT_NO_PUBLIC",
        {**one(f'import public "{BESIDE}";'), **RATE},
        {**one(f"{IMPORT} message A {{ Rate a = 1; }}"), **RATE},
    ),
    (
        "IMPORT_USED",
        {**one(IMPORT), **RATE},
        {**one(f"{IMPORT} message A {{ map<string, Rate> a = 1; }}"), **RATE},
    ),
    ("MESSAGE_PASCAL_CASE", one("message a_b {}"), one("message AB { message C {} }")),
    (
        "ONEOF_LOWER_SNAKE_CASE",
        one("message A { oneof paidBy { int32 a = 1; } }"),
        one("message A { oneof paid_by { int32 a = 1; } }"),
    ),
    ("PACKAGE_LOWER_SNAKE_CASE", one("", "ps.Billing.v1"), one("", "ps.bill_ing.v1")),
    ("RPC_PASCAL_CASE", service(rpc("Hours", "Hours", "bill")), service(rpc("Hours", "Hours"))),
    ("SERVICE_PASCAL_CASE", service(name="billing_Service"), service()),
    ("SYNTAX_SPECIFIED", {PATH: "package ps.v1;"}, one("")),
    (
        "ENUM_VALUE_PREFIX",
        one("enum PaidBy { UNSPECIFIED = 0; }"),
        one("enum PaidBy { PAID_BY_UNSPECIFIED = 0; }"),
    ),
    (
        "ENUM_ZERO_VALUE_SUFFIX",
        one("enum A { A_NONE = 0; }"),
        one("enum A { A_UNSPECIFIED = 0; A_B = 1; }"),
    ),
    (
        "FILE_LOWER_SNAKE_CASE",
        {"ps/v1/HoursBilled.proto": file()},
        {"ps/v1/hours_billed.proto": file()},
    ),
    ("PACKAGE_VERSION_SUFFIX", one("", "ps.billing"), one("", "ps.billing.v1beta1")),
    (
        "RPC_REQUEST_RESPONSE_UNIQUE",
        service(rpc("BillRequest", "BillResponse"), rpc("BillRequest", "Hours", "Again")),
        service(rpc("BillRequest", "BillResponse")),
    ),
    (
        "RPC_REQUEST_STANDARD_NAME",
        service(rpc("Hours", "BillResponse")),
        service(rpc("BillRequest", "Hours")),
    ),
    (
        "RPC_RESPONSE_STANDARD_NAME",
        service(rpc("BillRequest", "Hours")),
        service(rpc("Hours", "BillResponse")),
    ),
    ("SERVICE_SUFFIX", service(name="Billing"), service()),
    *(
        (
            f"PACKAGE_SAME_{name}",
            {**one(f"option {option};"), **RATE},
            {PATH: file(f"option {option};"), BESIDE: file(f"option {option};")},
        )
        for name, option in LANGUAGES.items()
    ),
]


def broken(files: dict[str, str]) -> set[str]:
    artifact = read_artifact(json.dumps(files).encode(), "application/json")
    return {found.rule for found in lint(BUF, artifact, About(format="protobuf"))}


@pytest.mark.parametrize(("rule", "bad", "good"), CASES, ids=[case[0] for case in CASES])
def test_a_rule_finds_what_breaks_it_and_leaves_the_rest(
    rule: str, bad: dict[str, str], good: dict[str, str]
):
    assert rule in broken(bad)
    assert rule not in broken(good)


def test_every_rule_is_shown_and_only_what_needs_a_rule_engine_is_left_out():
    assert {case[0] for case in CASES} == {rule.id for rule in BUF.rules}
    assert len(BUF.rules) == 34  # of 35: PROTOVALIDATE holds expressions to their language


def test_a_finding_leads_to_the_file_and_the_line_of_what_breaks_the_rule():
    files = {**RATE, PATH: 'syntax = "proto3";\npackage ps.v1;\n\nenum A {\n  NONE = 0;\n}\n'}
    artifact = read_artifact(json.dumps(files).encode(), "application/json")
    found = lint(BUF, artifact, About(format="protobuf"))
    told = {(one.rule, one.path, one.line) for one in found}
    assert ("ENUM_VALUE_PREFIX", PATH, 5) in told
    assert ("ENUM_ZERO_VALUE_SUFFIX", PATH, 5) in told


def test_a_file_that_came_alone_is_asked_nothing_of_its_folder():
    artifact = read_artifact(file().encode(), "text/x-protobuf")
    rules = {one.rule for one in lint(BUF, artifact, About(format="protobuf"))}
    assert rules == set()
