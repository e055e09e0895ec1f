"""`controlplane contracts impact`: what a change would break, before it is merged."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import pytest
from house import House, opened
from projecting import NOON, ByReference, append, ask, drain, installation
from small_billing import CONTRACTS, happened, install_in_log
from typer.testing import CliRunner, Result

from controlplane.cli import contract_impact
from controlplane.cli.main import app
from controlplane.pipeline.processing import Processing

SUBJECT = "subject: sb.time.approved\nkind: event\nformat: jsonschema\nowner: finance\n"
STANDS = msgspec.json.encode({"type": "object", **CONTRACTS["sb.time.approved"]}).decode()
CHANGED = """{
  "type": "object",
  "required": ["engagement_id", "timesheet_id", "amount"],
  "properties": {
    "engagement_id": {"type": "string"},
    "timesheet_id": {"type": "string"},
    "amount": {"type": "number"}
  }
}"""


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("impact")
    databases = installation(folder)
    install_in_log(databases)
    portal = {
        "system": "portal",
        "versions": "^1",
        "uses": ["amount"],
        "contact": "ops@example.com",
    }
    ask(databases, "contract:consumer:put", {"subject": "sb.time.approved", **portal})
    amount = {"amount": "10.00", "currency": "EUR"}
    told = {"engagement_id": "E-1", "timesheet_id": "T-1", "amount": amount, "role": "architect"}
    append(databases, [happened("sb.time.approved", "t1", NOON, **told)])
    drain(databases, Processing(ByReference()))
    with opened(databases, folder) as one:
        yield one
    databases.close()


@pytest.fixture
def folder(firm: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in which the amount has become a number, beside the version that stands."""

    @contextmanager
    def here(_url: str | None, _token: str | None) -> Iterator[httpx.Client]:
        yield firm.http

    monkeypatch.setattr(contract_impact, "reaching", here)
    monkeypatch.chdir(tmp_path)
    time = tmp_path / "contracts" / "time"
    time.mkdir(parents=True)
    texts = {"contract.yaml": SUBJECT, "1.0.0.json": STANDS, "1.1.0.json": CHANGED}
    for name, text in texts.items():
        (time / name).write_text(text)
    return time


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["contracts", "impact", *map(str, arguments)])


def test_a_change_of_a_checkout_is_told_with_whom_to_ask_and_which_rule_would_not_stand(
    folder: Path,
):
    told = run("contracts")
    assert told.exit_code == 1, told.output
    lines = [line.strip() for line in told.output.splitlines()]
    assert lines[0] == "sb.time.approved 1.1.0  INCOMPATIBLE  (against 1.0.0)"
    assert "breaking   changed  amount" in lines
    reads = "reads ^1; meets it at once; uses amount; touched: amount; ask ops@example.com"
    assert f"portal  {reads}" in lines
    assert "small-billing-rules/no-purchase-order  high; finance; reads amount" in lines
    assert lines[-1] == (
        "sb.time.approved 1.1.0: touches 1 consumer, 1 rule, 1 process model, 1 SLA; "
        "1 would not stand"
    )
    assert not any(line.startswith("sb.time.approved 1.0.0") for line in lines)


def test_the_change_is_annotated_where_it_is_written(folder: Path):
    lines = run("contracts", "--format", "github").output.splitlines()
    (rule,) = [line for line in lines if "rule-broken" in line]
    assert rule.startswith("::error file=contracts/time/1.1.0.json,line=7,")
    assert "rule small-billing-rules/no-purchase-order of finance reads amount" in rule
    results = json.loads(run(folder, "--format", "sarif").output)["runs"][0]["results"]
    assert "change the rule set first" in rule
    assert {"TYPE_CHANGED", "consumer-touched", "sla-touched"} <= {one["ruleId"] for one in results}


def test_events_of_late_that_would_be_refused_stop_a_change_that_is_compatible(folder: Path):
    document = json.loads(STANDS)
    document["properties"]["role"] = {"type": "integer"}
    (folder / "1.1.0.json").write_text(json.dumps(document))
    assert run("contracts").exit_code == 0
    told = run("contracts", "--days", 3_650)
    assert told.exit_code == 1
    lines = [line.strip() for line in told.output.splitlines()]
    assert "urn:psa: 1 of 1" in lines
    assert '1 event at /role: the value is not of type "integer" (such as t1)' in lines


def test_what_is_registered_as_it_stands_touches_nothing(folder: Path):
    (folder / "1.1.0.json").unlink()
    told = run("contracts")
    assert (told.exit_code, told.output.splitlines()[0][:18]) == (0, "nothing to look at")
    assert run("sb.time.approved").exit_code == 0
    assert json.loads(run("sb.time.approved", "--json").output)["contracts"][0]["against"] is None


def test_a_document_without_a_contract_names_its_subject(folder: Path):
    alone = folder.parent.parent / "alone.schema.json"
    alone.write_text(CHANGED)
    assert run(alone).exit_code == 2
    answer = json.loads(
        run(alone, "--subject", "sb.time.approved", "--version", "2.0.0", "--json").output
    )
    assert (answer["verdict"], answer["contracts"][0]["version"]) == ("broken", "2.0.0")
