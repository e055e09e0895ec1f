from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import Connection

from governance.contract import stores
from governance.contract.artifact import ArtifactError, read_artifact
from governance.contract.catalogue import Contract, Version, declare, register
from governance.contract.lifecycle import ALLOWED, Farewell, transition
from governance.contract.versions import check, draft
from rules.refusal import Refusal

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SCHEMA = b"""{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {"timesheet_id": {"type": "string", "pattern": "^TS-[0-9]+$"}},
  "required": ["timesheet_id"]
}"""
API = b"""
openapi: 3.1.0
info: {title: Billing, version: 2.1.0}
paths:
  /invoices:
    get:
      operationId: listInvoices
      responses:
        200: {description: invoices}
"""
ASKED = {
    "subject": "ps.timesheet.approved",
    "kind": "event",
    "format": "jsonschema",
    "domain": "delivery",
    "owner": "delivery",
    "system": "psa",
}


def registered(**changes: str) -> Contract:
    contract = register(None, ASKED | changes, teams=["delivery"], actor="ada", at=NOON)
    assert isinstance(contract, Contract)
    return contract


def drafted(
    content: bytes = SCHEMA, version: str | None = None, *existing: Version, **contract: str
) -> Version:
    one = draft(
        registered(**contract),
        existing,
        content=content,
        media_type="application/json",
        version=version,
        actor="ada",
        at=NOON,
    )
    assert isinstance(one, Version)
    return one


def moved(version: Version, *states: str) -> Version:
    for to in states:
        one = transition(version, to, others=[], consumers=[], steward=True, at=NOON)
        assert isinstance(one, Version)
        version = one
    return version


def test_a_contract_is_registered_with_sensible_defaults():
    contract = registered()
    assert (contract.compatibility, contract.classification) == ("backward", "internal")
    assert contract.title == "ps.timesheet.approved"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"owner": "nobody"}, "/owner"),
        ({"subject": "PS Timesheet"}, "/subject"),
        ({"subject": "ps.timesheet.approved.v2"}, "/subject"),
        ({"kind": "api"}, "/format"),
        ({"format": "wsdl"}, "/format"),
        ({"colour": "blue"}, ""),
    ],
)
def test_a_contract_that_cannot_be_answered_for_is_refused(changes: dict[str, str], pointer: str):
    refusal = register(None, ASKED | changes, teams=["delivery"], actor="ada", at=NOON)
    assert isinstance(refusal, Refusal)
    assert refusal.status == 422
    assert refusal.errors[0].pointer == pointer


def test_registering_the_same_again_is_no_conflict_and_another_is():
    contract = registered()
    assert register(contract, ASKED, teams=["delivery"], actor="bo", at=NOON) == contract
    other = register(contract, ASKED | {"system": "erp"}, teams=["delivery"], actor="bo", at=NOON)
    assert (other.status, other.type) == (409, "contract-exists")


def test_a_version_is_a_draft_of_exact_bytes():
    version = drafted()
    assert (version.version, version.lifecycle, version.artifact) == ("1.0.0", "draft", SCHEMA)
    assert version.findings == ()


def test_the_next_version_is_the_next_minor_one():
    assert drafted(SCHEMA + b"\n", None, drafted()).version == "1.1.0"


def test_an_api_says_its_own_version():
    one = draft(
        registered(kind="api", format="openapi", subject="billing-api"),
        [],
        content=API,
        media_type="application/yaml",
        version=None,
        actor="ada",
        at=NOON,
    )
    assert (one.version, one.findings) == ("2.1.0", ())


def test_the_same_bytes_again_are_the_same_version_and_others_a_conflict():
    first = drafted(version="1.0.0")
    assert drafted(SCHEMA, "1.0.0", first) == first
    refusal = draft(
        registered(),
        [first],
        content=SCHEMA + b" ",
        media_type="application/json",
        version="1.0.0",
        actor="ada",
        at=NOON,
    )
    assert (refusal.status, refusal.type) == (409, "version-exists")


def test_a_version_number_is_semantic():
    refusal = draft(
        registered(),
        [],
        content=SCHEMA,
        media_type="application/json",
        version="v1",
        actor="ada",
        at=NOON,
    )
    assert (refusal.status, refusal.errors[0].pointer) == (422, "/version")


def test_a_media_type_that_does_not_fit_is_refused():
    assert check("jsonschema", SCHEMA, "text/html").status == 415


@pytest.mark.parametrize(
    ("content", "media_type", "words"),
    [
        (b"{", "application/json", "not JSON"),
        (b'{"a": 1, "a": 2}', "application/json", "stands twice"),
        (b'{"a": NaN}', "application/json", "NaN is not a JSON number"),
        (b'{"a": ["\\ud83d\\ude00", "\\ud800"]}', "application/json", "surrogate"),
        (b'{"\\uDFFF": 1}', "application/json", "surrogate"),
        (b"\xff\xfe", "application/json", "not UTF-8"),
        (b"[" * 70 + b"]" * 70, "application/json", "nested deeper than 64"),
        (b"[" * 200_000, "application/json", "nested deeper than 64"),
        (b" " * 11_000_000, "application/json", "larger than 10 MiB of JSON"),
        (b" " * 5_000_000, "application/yaml", "larger than 4 MiB of YAML"),
        (b"1" * 5_000, "application/json", "not JSON"),
        (b"a: &x 1\nb: *x", "application/yaml", "line 2: aliases"),
        (b"a: 1\na: 2", "application/yaml", "line 2: the key 'a' stands twice"),
        (b"a: [", "application/yaml", "not YAML"),
        (b"a: 1\n---\nb: 1", "application/yaml", "line 2: not YAML: a second document"),
        (b"{a: 1}: b", "application/yaml", "line 1: a key must be text"),
        (b"", "application/yaml", "empty"),
        (b"- " * 100 + b"x", "application/yaml", "nested deeper than 64"),
    ],
)
def test_an_artifact_that_cannot_be_read_is_refused_with_its_line(
    content: bytes, media_type: str, words: str
):
    with pytest.raises(ArtifactError, match=words):
        read_artifact(content, media_type)


@pytest.mark.timeout(20)
def test_a_key_that_stands_twice_is_found_among_a_hundred_thousand_at_once():
    names = [*range(100_000), 99_999]
    with pytest.raises(ArtifactError, match="the key '99999' stands twice"):
        read_artifact(b"{%s}" % b",".join(b'"%d":1' % one for one in names), "application/json")


def test_lines_are_known_in_json_and_in_yaml():
    json = read_artifact(
        b'{\n "a/b": [\n  1,\n  {"c": "x: {y}",\n "d": []}\n ]\n}', "application/json"
    )
    assert json.line("/a~1b") == 2
    assert json.line("/a~1b/0") == 3
    assert json.line("/a~1b/1/c") == 4
    assert json.line("/a~1b/1/d") == 5
    assert json.line("/a~1b/1/d/9/missing") == 5
    yaml = read_artifact(b"a:\n  - 1\n  - b: 2026-01-02\n    200: 0.5\n", "application/yaml")
    assert yaml.line("/a/1/200") == 4
    assert yaml.data == {"a": [1, {"b": "2026-01-02", "200": 0.5}]}


def test_findings_name_pointer_and_line():
    content = b'{\n "type": "object",\n "properties": {\n  "a": {"type": "text"}\n }\n}'
    checked = check("jsonschema", content, "application/json")
    [finding] = [f for f in checked.findings if f.level == "error"]
    assert (finding.rule, finding.pointer, finding.line) == (
        "schema-invalid",
        "/properties/a/type",
        4,
    )


@pytest.mark.parametrize(
    ("schema", "rule"),
    [
        ({"$ref": "https://example.test/a.json"}, "remote-reference"),
        ({"$ref": "file:///etc/passwd"}, "remote-reference"),
        ({"properties": {"a": {"$ref": "other.json"}}}, "remote-reference"),
        ({"$ref": "#/$defs/nowhere"}, "schema-invalid"),
        ({"$schema": "http://json-schema.org/draft-04/schema#"}, "schema-dialect-unknown"),
        ({"pattern": "(?=a)b"}, "pattern-not-linear"),
        ({"pattern": "(a)\\1"}, "pattern-not-linear"),
        ({"pattern": "a{1000}{1000}"}, "pattern-not-linear"),
        (3, "schema-invalid"),
    ],
)
def test_a_schema_that_cannot_be_trusted_has_an_error(schema: object, rule: str):
    checked = check("jsonschema", msgspec.json.encode(schema), "application/json")
    assert [f.rule for f in checked.findings if f.level == "error"] == [rule]


@pytest.mark.parametrize(
    "dialect",
    [
        "http://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema",
    ],
)
def test_three_dialects_are_spoken(dialect: str):
    good = msgspec.json.encode({"$schema": dialect, "type": "object"})
    bad = msgspec.json.encode({"$schema": dialect, "type": "object", "minProperties": -1})
    assert check("jsonschema", good, "application/json").findings == ()
    [finding] = check("jsonschema", bad, "application/json").findings
    assert finding.pointer == "/minProperties"


def test_a_schema_without_a_dialect_is_told_how_it_is_read():
    rules = {f.rule: f.level for f in check("jsonschema", b"{}", "application/json").findings}
    assert rules == {"schema-dialect-missing": "info", "schema-type-missing": "warning"}


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"openapi: 2.0.0", "openapi-version"),
        (b"[]", "openapi-version"),
        (b"openapi: 3.0.3\ninfo: {title: x}\npaths: {}", "openapi-invalid"),
        (
            (
                b"openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths:\n  /a:\n"
                b"    $ref: 'http://127.0.0.1:1/a.yaml'"
            ),
            "remote-reference",
        ),
        (
            (
                b"openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\n"
                b"components: {schemas: {A: {$ref: '#/components/schemas/B'}}}"
            ),
            "reference-unresolved",
        ),
    ],
)
def test_an_api_description_that_is_wrong_has_an_error(content: bytes, rule: str):
    checked = check("openapi", content, "application/yaml")
    assert rule in [f.rule for f in checked.findings if f.level == "error"]


def described(path: str = "/a", **operation: object) -> dict[str, object]:
    get = {"operationId": "a", "responses": {"200": {"description": "done"}}} | operation
    info = {"title": "x", "version": "1"}
    return {"openapi": "3.0.3", "info": info, "paths": {path: {"get": get}}}


def answering(schema: object) -> dict[str, object]:
    content = {"application/json": {"schema": schema}}
    return described(responses={"200": {"description": "done", "content": content}})


SCHEMA_OF_A = "/paths/~1a/get/responses/200/content/application~1json/schema"
HELD = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


@pytest.mark.parametrize(
    ("api", "pointer", "words"),
    [
        (
            answering({"properties": {"b": {"type": "text"}}}),
            f"{SCHEMA_OF_A}/properties/b/type",
            "text",
        ),
        (answering({"default": 1, "type": "string"}), f"{SCHEMA_OF_A}/default", "default"),
        (
            answering({"required": ["b"], "allOf": [{"properties": {"c": {}}}]}),
            f"{SCHEMA_OF_A}/required",
            "none of its parts",
        ),
        (described("/a/{id}"), "/paths/~1a~1{id}/get", "no path parameter"),
        (described(parameters=[HELD]), "/paths/~1a/get/parameters", "does not stand in /a"),
        (
            {"paths": described()["paths"] | described("/b")["paths"]},
            "/paths/~1b/get/operationId",
            "stands twice",
        ),
    ],
)
def test_an_api_description_that_contradicts_itself_has_an_error_where_it_does(
    api: dict[str, object], pointer: str, words: str
):
    content = msgspec.json.encode(described() | api)
    [finding] = check("openapi", content, "application/json").findings
    assert (finding.rule, finding.level, finding.pointer) == ("openapi-invalid", "error", pointer)
    assert words in finding.message


def test_what_an_example_holds_is_no_reference_of_the_api():
    content = msgspec.json.encode(answering({"example": {"$ref": "#/nowhere"}}))
    assert check("openapi", content, "application/json").findings == ()


def test_an_api_whose_schemas_go_round_in_circles_is_still_answered():
    content = (
        b"openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\ncomponents: {schemas: "
        b"{A: {$ref: '#/components/schemas/A'}, T: {type: object, properties: "
        b"{child: {$ref: '#/components/schemas/T'}}}}}"
    )
    checked = check("openapi", content, "application/yaml")
    assert [f.rule for f in checked.findings] == ["reference-cycle"]


def test_a_type_that_holds_its_own_kind_is_no_error():
    content = (
        b"openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\ncomponents: {schemas: "
        b"{T: {type: object, properties: {child: {$ref: '#/components/schemas/T'}}}}}"
    )
    assert check("openapi", content, "application/yaml").findings == ()


def doubling(levels: int, where: str) -> dict[str, object]:
    return {f"A{n}": {"allOf": [{"$ref": f"#/{where}/A{n + 1}"}] * 2} for n in range(levels)} | {
        f"A{levels}": {"type": "string"}
    }


def test_references_that_double_at_every_step_stall_nothing():
    schema = {"$ref": "#/$defs/A0", "$defs": doubling(40, "$defs")}
    api = {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1.0.0"},
        "paths": {},
        "components": {"schemas": doubling(40, "components/schemas")},
    }
    for format_, document in (("jsonschema", schema), ("openapi", api)):
        checked = check(format_, msgspec.json.encode(document), "application/json")
        assert [f.rule for f in checked.findings] == ["schema-too-large"]


def test_anchors_that_double_stall_nothing_and_a_chain_without_end_is_not_followed():
    anchored = {
        "$defs": {
            f"A{n}": {"$anchor": f"a{n}", "allOf": [{"$ref": f"#a{n + 1}"}] * 2} for n in range(40)
        }
    }
    chained = {"$defs": {f"A{n}": {"$ref": f"#/$defs/A{n + 1}"} for n in range(3_000)}}
    for schema in (anchored, chained):
        checked = check("jsonschema", msgspec.json.encode(schema), "application/json")
        assert [f.rule for f in checked.findings] == ["schema-too-large"]


def test_an_api_whose_lists_hold_lists_is_no_error():
    content = msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "x", "version": "1.0.0"},
            "paths": {},
            "components": {
                "schemas": {
                    "Json": {"type": "array", "items": {"$ref": "#/components/schemas/Json"}},
                    "Top": {"allOf": [{"$ref": "#/components/schemas/Json"}]},
                }
            },
        }
    )
    checked = check("openapi", content, "application/json")
    assert checked.findings == ()


def test_a_hostile_pattern_in_an_api_stalls_nothing():
    content = (
        b"openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\ncomponents: {schemas: "
        b"{A: {type: string, pattern: '^(a+)+$', default: '" + b"a" * 60 + b"b'}}}"
    )
    assert check("openapi", content, "application/yaml").findings == ()


def test_an_operation_without_an_id_is_advised_of_it():
    checked = check("openapi", API.replace(b"      operationId: listInvoices\n", b""), "text/yaml")
    [finding] = checked.findings
    assert (finding.rule, finding.level, finding.line) == ("operation-id-missing", "info", 6)


def test_a_draft_is_published_by_a_steward_or_goes_through_review():
    assert moved(drafted(), "published").published_at == NOON
    whole = moved(drafted(), "in_review", "approved", "published", "deprecated", "retired")
    assert whole.lifecycle == "retired"


def test_a_contributor_submits_and_does_not_publish():
    asked = transition(drafted(), "in_review", others=[], consumers=[], steward=False, at=NOON)
    assert asked.lifecycle == "in_review"
    refusal = transition(drafted(), "published", others=[], consumers=[], steward=False, at=NOON)
    assert (refusal.status, refusal.type) == (403, "steward-needed")


@pytest.mark.parametrize(
    ("state", "to"),
    [(state, to) for state in ALLOWED for to in (*ALLOWED, "x") if to not in ALLOWED[state]],
)
def test_every_other_step_is_refused(state: str, to: str):
    version = msgspec.structs.replace(drafted(), lifecycle=state)
    refusal = transition(version, to, others=[], consumers=[], steward=True, at=NOON)
    assert (refusal.status, refusal.type) == (409, "illegal-transition")


def test_a_version_with_errors_is_a_draft_for_ever():
    wrong = drafted(b'{"type": "text"}')
    refusal = transition(wrong, "published", others=[], consumers=[], steward=True, at=NOON)
    assert (refusal.status, refusal.type) == (409, "findings-stand")
    assert refusal.extra["findings"][0]["rule"] == "schema-invalid"


def deprecated(version: Version, sunset: datetime) -> Version | Refusal:
    farewell = Farewell(sunset=sunset)
    named = {"others": [], "consumers": [], "steward": True}
    return transition(version, "deprecated", **named, at=NOON, farewell=farewell)


def test_a_sunset_lies_in_the_future():
    live = moved(drafted(), "published")
    assert deprecated(live, NOON).status == 422
    soon = NOON + timedelta(days=90)
    assert deprecated(live, soon).sunset_at == soon


def test_nothing_is_retired_from_under_a_consumer_that_has_nothing_else_to_read():
    old = moved(drafted(), "published", "deprecated")
    new = moved(drafted(SCHEMA + b"\n", "1.1.0"), "published")

    def retire(versions: str, *others: Version) -> Version | Refusal:
        reader = declare(
            registered(), "billing-portal", versions=versions, contact="", actor="ada", at=NOON
        )
        return transition(
            old, "retired", others=[old, *others], consumers=[reader], steward=True, at=NOON
        )

    assert retire("^1.0").extra == {"consumers": ["billing-portal"]}
    assert retire("^1.0", new).lifecycle == "retired"
    assert retire("1.0.0", new).type == "consumers-remain"
    assert retire("^2").lifecycle == "retired"


def test_a_consumer_pins_a_range():
    refusal = declare(registered(), "Portal!", versions="newest", contact="", actor="a", at=NOON)
    assert [problem.pointer for problem in refusal.errors] == ["/system", "/versions"]


def test_the_catalogue_finds_contracts_by_what_they_are(connection: Connection):
    for subject, domain in (("ps.a", "delivery"), ("ps.b", "finance"), ("ps.c", "finance")):
        stores.add_contract(connection, registered(subject=subject, domain=domain))
    one = drafted(subject="ps.b")
    stores.add_version(connection, one)
    stores.save_lifecycle(connection, moved(one, "published"))
    stores.save_consumer(
        connection,
        declare(registered(subject="ps.b"), "erp", versions="^1", contact="", actor="a", at=NOON),
    )

    def found(**wanted: str | int) -> list[str]:
        return [one.contract.subject for one in stores.list_contracts(connection, **wanted)]

    assert found() == ["ps.a", "ps.b", "ps.c"]
    assert found(domain="finance") == ["ps.b", "ps.c"]
    assert found(status="published") == ["ps.b"]
    assert found(status="none") == ["ps.a", "ps.c"]
    assert found(format_="openapi") == []
    assert found(q="PS.B") == ["ps.b"]
    assert found(q="%") == []
    assert found(owner="delivery", limit=1) == ["ps.a"]
    assert found(after="ps.a", limit=1) == ["ps.b"]
    [listed] = stores.list_contracts(connection, status="published")
    assert (listed.versions, listed.consumers) == ({"1.0.0": "published"}, 1)


def test_what_is_stored_is_what_was_registered(connection: Connection):
    contract, version = registered(), drafted(b'{"type": "text"}')
    stores.add_contract(connection, contract)
    stores.add_version(connection, version)
    assert stores.get_contract(connection, contract.subject) == contract
    assert stores.get_version(connection, contract.subject, "1.0.0") == version
    assert stores.list_versions(connection, contract.subject) == [version]
    reader = declare(contract, "erp", versions="^1", contact="a@b", actor="ada", at=NOON)
    stores.save_consumer(connection, reader)
    stores.save_consumer(connection, msgspec.structs.replace(reader, versions="^1.2"))
    assert [c.versions for c in stores.list_consumers(connection, contract.subject)] == ["^1.2"]
    assert stores.get_contract(connection, "other") is None
    assert stores.get_version(connection, contract.subject, "9.9.9") is None
