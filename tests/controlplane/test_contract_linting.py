"""`controlplane contracts lint` without a server."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from controlplane.cli.main import app

PAID = """{
 "title": "Paid",
 "type": "object",
 "properties": {
  "amount": {"type": "number"},
  "note": {"type": "string"}
 }
}"""
SUBJECT = "subject: ps.paid\nkind: event\nformat: jsonschema\nowner: finance\ndomain: finance\n"
RULES = """
policy: ours
version: 1.0.0
extends: [[controlplane:house, "off"]]
rules:
  money-is-exact: warn
overrides: [{domains: [finance], rules: {money-is-exact: error}}]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    kept = tmp_path / "contracts" / "ps.paid"
    kept.mkdir(parents=True)
    (kept / "1.0.0.json").write_text(PAID)
    (kept / "contract.yaml").write_text(SUBJECT)
    (tmp_path / "ours.yaml").write_text(RULES)
    (tmp_path / "paid.schema.json").write_text(PAID)
    return tmp_path


def lint(*words: str, code: int = 1) -> Result:
    result = CliRunner().invoke(app, ["contracts", "lint", *words])
    assert result.exit_code == code, result.output
    return result


def test_a_folder_is_held_to_the_house_rules_line_by_line():
    told = lint("contracts").stdout
    assert "contracts/ps.paid/1.0.0.json:5  error    Money is a decimal" in told
    assert "1 contract linted: 2 error, 2 info; --all shows what only informs" in told
    assert "property-has-description" in lint("contracts", "--all").stdout


def test_a_policy_decides_what_stops_and_a_domain_is_stricter():
    told = lint("contracts", "--policy", "ours.yaml").stdout
    assert "1 contract linted: 1 error" in told
    told = lint("paid.schema.json", "--policy", "ours.yaml", code=0).stdout
    assert "1 contract linted: 1 warning" in told
    lint("paid.schema.json", "--policy", "ours.yaml", "--domain", "finance")


def test_findings_are_told_to_machines():
    found = json.loads(lint("contracts", "--json").stdout)["contracts"][0]["findings"]
    assert {one["rule"] for one in found if one["level"] == "error"} == {
        "money-is-exact",
        "money-has-currency",
    }
    (run,) = json.loads(lint("contracts", "--format", "sarif").stdout)["runs"]
    assert {"money-is-exact"} <= {one["ruleId"] for one in run["results"]}
    told = lint("contracts", "--format", "github").stdout
    assert "::error file=contracts/ps.paid/1.0.0.json,line=5,title=ps.paid@1.0.0%3A money" in told


def test_a_flaw_in_a_rule_file_is_told_with_its_line(folder: Path):
    (folder / "ours.yaml").write_text("rules:\n  one: {given: $, then: {function: nope}}")
    told = lint("contracts", "--policy", "ours.yaml", code=2).stderr
    assert told.startswith("ours.yaml:2: rule one: the function 'nope' is unknown")


def test_a_rule_file_may_extend_one_that_lies_beside_it_and_no_other(folder: Path):
    (folder / "more.yaml").write_text("extends: [ours.yaml]")
    lint("contracts", "--policy", "more.yaml")
    (folder / "more.yaml").write_text("extends: [../elsewhere.yaml]")
    lint("contracts", "--policy", "more.yaml", code=2)


def test_what_is_no_contract_at_all_is_told_before_its_style(folder: Path):
    (folder / "a.schema.json").write_text('{"type": 5}')
    assert "[schema-invalid]" in lint("a.schema.json").stdout
    (folder / "b.schema.json").write_text('{"$schema": "http://json-schema.org/draft-07/schema",')
    assert "cannot be read" in lint("b.schema.json").stdout


def test_avro_and_protobuf_are_known_by_their_names(folder: Path):
    field = {"name": "amount", "type": "double"}
    (folder / "paid.avsc").write_text(
        json.dumps({"type": "record", "name": "Paid", "namespace": "a", "fields": [field]})
    )
    assert "[avro-money-is-exact]" in lint("paid.avsc").stdout
    (folder / "paid.proto").write_text(
        'syntax = "proto3";\npackage a.v1;\nmessage Paid {\n  double amount = 1;\n}\n'
    )
    assert "paid.proto:4  error" in lint("paid.proto").stdout
