"""`controlplane rules`: rules are written, checked and tested where they stand."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from house import House, opened
from running import free_port
from timework import RULESET, furnish
from typer.testing import CliRunner, Result

from controlplane.cli import rules
from controlplane.cli.main import app
from controlplane.database import Databases
from controlplane.pack.shipped import shipped_folder


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the shipped pack, to be worked on."""
    return shutil.copytree(shipped_folder("professional-services"), tmp_path / "pack")


@pytest.fixture
def billing(pack: Path) -> Path:
    return pack / "rules" / "billing-eligibility"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["rules", *map(str, arguments)])


def test_a_new_rule_can_be_tested_at_once(billing: Path):
    made = run("new", billing, "late-time")
    assert made.exit_code == 0
    file = billing / "late-time.yaml"
    assert str(file) in made.output
    tested = run("test", file)
    assert (tested.exit_code, tested.output) == (0, "2 passed, 0 failed\n")
    assert run("coverage", file, "--least", 100).exit_code == 0


@pytest.mark.parametrize(
    ("folder", "rule", "because"),
    [
        (".", "Late Time", "no kebab-case id"),
        (".", "approved-time-without-rate", "stands already"),
        ("..", "late-time", "there is no ruleset.yaml"),
    ],
)
def test_a_new_rule_never_stands_in_the_way(billing: Path, folder: str, rule: str, because: str):
    refused = run("new", billing / folder, rule)
    assert refused.exit_code == 2
    assert because in " ".join(refused.output.replace("│", " ").split())


def test_a_problem_is_named_with_its_file_line_and_column_and_a_suggestion(billing: Path):
    file = billing / "approved-time-without-rate.yaml"
    file.write_text(file.read_text().replace("t.billable,", "t.bilable,"))
    found = run("check", file)
    lines = file.read_text().splitlines()
    line = next(n for n, text in enumerate(lines, start=1) if "t.bilable" in text)
    column = lines[line - 1].index("t.bilable") + 1
    assert found.exit_code == 1
    assert found.output == (
        f"rules/billing-eligibility/{file.name}:{line}:{column}: "
        "a timesheet has no field 'bilable'; did you mean 'billable'?\n1 problems\n"
    )
    told = json.loads(run("check", billing, "--json").output)
    (problem,) = told["rulesets"][0]["problems"]
    assert (problem["file"].endswith(file.name), problem["line"]) == (True, line)
    assert run("test", file).exit_code == 1
    assert run("check", billing / "approved-time-over-cap.yaml").exit_code == 0


def test_a_case_that_fails_says_what_came(billing: Path):
    file = billing / "approved-time-over-cap.yaml"
    file.write_text(file.read_text().replace("fires: [E-1]", "fires: [E-2]"))
    failed = run("test", file)
    assert failed.exit_code == 1
    assert "expected ['E-2'], came ['E-1']" in failed.output
    assert "2 passed, 1 failed" in failed.output


def test_a_whole_pack_is_checked_by_its_name():
    assert run("check", "professional-services").exit_code == 0
    told = json.loads(run("coverage", "professional-services", "--json").output)
    percents = [one["percent"] for each in told["rulesets"] for one in each["coverage"]]
    assert min(percents) > 0


def test_too_little_coverage_is_exit_1_and_names_the_condition(billing: Path):
    file = billing / "time-beyond-cap.yaml"
    found = run("coverage", file, "--least", 100)
    assert found.exit_code == 1
    assert 't.status == "approved" never fails' in found.output
    assert "client-on-credit-hold" not in found.output


def test_one_file_is_checked_among_the_facts_of_a_pack(tmp_path: Path, pack: Path):
    file = tmp_path / "one.yaml"
    skeleton = run("new", pack / "rules" / "billing-eligibility", "late-time")
    assert skeleton.exit_code == 0
    rule = (pack / "rules" / "billing-eligibility" / "late-time.yaml").read_text()
    body = "".join(f"    {line}\n" for line in rule.splitlines())
    head = "ruleset: one\nversion: 1.0.0\ntitle: One\nprocess: quote-to-cash\nrules:\n  -\n"
    file.write_text(head + body)
    assert run("check", file).exit_code == 2
    assert run("check", file, "--pack", pack).exit_code == 0
    file.write_text(head.replace("quote-to-cash", "nowhere") + body)
    assert "no process 'nowhere'; known are " in run("check", file, "--pack", pack).output
    file.write_text("ruleset: [")
    assert run("check", file, "--pack", pack).exit_code == 1


@pytest.mark.parametrize("path", ["nowhere", "."])
def test_what_is_no_rule_set_is_wrong_usage(tmp_path: Path, path: str):
    assert run("check", tmp_path / path).exit_code == 2


def test_a_server_out_of_reach_is_exit_3(billing: Path):
    url = f"http://127.0.0.1:{free_port()}"
    assert run("check", billing, "--server", "--url", url).exit_code == 3


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        furnish(one)
        yield one


def test_the_server_checks_by_what_is_registered_and_keeps_nothing(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    @contextmanager
    def here(*_: object) -> Iterator[object]:
        yield house.http

    monkeypatch.setattr(rules, "reaching", here)
    file = tmp_path / "set.yaml"
    file.write_text(RULESET)
    assert run("check", file, "--server").exit_code == 0
    file.write_text(RULESET.replace("each: timesheet", "each: timesheets"))
    found = run("check", file, "--server")
    assert found.exit_code == 1
    assert "did you mean 'timesheet'?" in found.output
    file.write_text(RULESET.replace("process: ", "process: un"))
    assert "put its model first" in run("check", file, "--server").output
