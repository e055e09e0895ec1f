"""`controlplane rules list|put|shadow|differences|promote|rollback|retire`: a rule set's way."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from house import House, opened
from shadowwork import Here
from timework import RULESET, approved, furnish
from typer.testing import CliRunner, Result

from controlplane.cli import backtesting, differences, standing
from controlplane.cli.main import app
from controlplane.cli.reaching import AnswerError
from controlplane.database import Databases
from controlplane.shadow.shadowing import Shadowing

NAMES = ("ada", "ben")
NEXT = RULESET.replace("version: 1.0.0", "version: 1.1.0")


@pytest.fixture
def house(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        keys = {name: {"name": name, "role": "steward"} for name in NAMES}
        tokens = {
            name: one.post("/v1/keys", key, expect=201)["token"] for name, key in keys.items()
        }
        furnish(one, rules=False)

        @contextmanager
        def here(_url: str | None, token: str | None) -> Iterator[httpx.Client]:
            one.http.headers.pop("authorization", None)
            if token:
                one.http.headers["authorization"] = f"Bearer {tokens[token]}"
            yield one.http

        monkeypatch.setattr(standing, "reaching", here)
        monkeypatch.setattr(differences, "reaching", here)
        monkeypatch.setattr(backtesting, "reaching", here)
        yield one


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["rules", *map(str, arguments)])


def said(*arguments: object) -> str:
    told = run(*arguments)
    assert told.exit_code == 0, told.output
    return told.output


def test_a_version_goes_its_way_and_comes_back(house: House, tmp_path: Path):
    for name, text in (("old.yaml", RULESET), ("new.yaml", NEXT)):
        (tmp_path / name).write_text(text)
        assert "draft" in said("put", tmp_path / name)
    said("promote", "time-billing@1.0.0", "--token", "ben")
    assert "time-billing@1.1.0  shadow" in said("shadow", "time-billing@1.1.0")
    assert said("list").splitlines() == [
        "time-billing@1.0.0  active  1 rule  May this time be billed?",
        "time-billing@1.1.0  shadow  1 rule  May this time be billed?",
    ]
    said("promote", "time-billing@1.1.0", "--token", "ben", "--comment", "better")
    assert "time-billing@1.0.0  active" in said("rollback", "time-billing", "--token", "ben")
    assert "there is nothing to go back to" in str(run("rollback", "time-billing").exception)
    states = [(one["version"], one["state"]) for one in listed()]
    assert states == [("1.1.0", "retired"), ("1.0.0", "active")]
    said("retire", "time-billing@1.0.0")
    assert {one["state"] for one in listed()} == {"retired"}


def listed() -> list[dict[str, str]]:
    items: list[dict[str, str]] = json.loads(said("list", "time-billing", "--json"))["items"]
    return items


def test_a_plan_is_shown_and_withdrawn(house: House, tmp_path: Path):
    (tmp_path / "set.yaml").write_text(RULESET)
    said("put", tmp_path / "set.yaml")
    later = ("--effective-from", "2199-01-01T00:00:00Z")
    told = said("promote", "time-billing@1.0.0", "--token", "ben", *later)
    assert "; active from 1 Jan 2199 00:00 UTC on" in told
    assert "from 1 Jan 2199" in said("list", "time-billing")
    assert "from 1 Jan 2199" not in said("withdraw", "time-billing@1.0.0")
    assert "from 1 Jan 2199" not in said("list", "time-billing")


def test_who_signed_is_told_by_name(house: House, tmp_path: Path):
    (tmp_path / "set.yaml").write_text(RULESET)
    said("put", tmp_path / "set.yaml", "--token", "ada")
    told = said("promote", "time-billing@1.0.0", "--token", "ben")
    assert " by ben, signed by ben, written by ada " in told
    assert told.strip() == said("list", "time-billing").strip()


def test_what_is_wrong_is_named_by_the_line_of_its_own_file(house: House, tmp_path: Path):
    head, _, rule = RULESET.partition("rules:\n  - ")
    (tmp_path / "ruleset.yaml").write_text(head)
    wrong = rule.replace("missing(t.rate)", "missing(t.ratio)").replace("\n    ", "\n")
    (tmp_path / "time-without-rate.yaml").write_text(wrong)
    line = next(at for at, one in enumerate(wrong.splitlines(), 1) if "t.ratio" in one)
    for told in (run("put", tmp_path), run("backtest", tmp_path)):
        assert isinstance(told.exception, AnswerError)
        assert f"time-without-rate.yaml:{line}: " in str(told.exception)


def test_what_is_refused_is_said_and_is_exit_1(house: House, tmp_path: Path):
    (tmp_path / "set.yaml").write_text(RULESET)
    said("put", tmp_path / "set.yaml", "--token", "ada")
    assert run("promote", "time-billing@1.0.0", "--token", "ada").exit_code == 1
    assert run("rollback", "time-billing").exit_code == 1
    assert run("promote", "time-billing").exit_code == 2
    assert run("put", tmp_path / "none.yaml").exit_code == 2


def test_what_differs_reads_as_an_accountant_says_it(house: House, tmp_path: Path):
    dear = 'where: ["missing(t.rate)", "t.amount > money(\\"900.00\\", \\"EUR\\")"]'
    lenient = NEXT.replace("where: [missing(t.rate)]", dear)
    lenient = lenient.replace('amount: "800.00"', 'amount: "950.00"')
    for name, text in (("old.yaml", RULESET), ("new.yaml", lenient)):
        (tmp_path / name).write_text(text)
        said("put", tmp_path / name)
    said("promote", "time-billing@1.0.0", "--token", "ben")
    said("shadow", "time-billing@1.1.0")
    house.send(approved("1", "E-1"), approved("2", "E-2"))
    told = said("differences", "time-billing@1.1.0").splitlines()
    assert told[1:] == ["0 cases compared: 0 the same, 0 differ", "0 could not be compared, 2 wait"]
    compare(house)
    told = said("differences", "time-billing@1.1.0").splitlines()
    assert told[1:] == [
        "2 cases compared: 0 the same, 2 differ",
        "0 could not be compared, 0 wait",
        "  time-without-rate: 2 would close",
        "blocked: EUR 1,600.00 → nothing",
        "E-1: closes time-without-rate: Timesheet TS-1 has no rate.",
        "E-2: closes time-without-rate: Timesheet TS-2 has no rate.",
    ]
    one = json.loads(said("differences", "time-billing@1.1.0", "--json", "--limit", 1))
    assert (len(one["items"]), one["cases"]["differing"]) == (1, 2)
    rest = house.get(
        "/v1/rulesets/time-billing/versions/1.1.0/differences", cursor=one["next_cursor"]
    )
    assert [case["case"] for case in rest["items"]] == ["E-2"]
    assert run("differences", "time-billing@1.0.0").exit_code == 1


def compare(house: House) -> None:
    """Let everything that waits be compared, as the thread of the API does."""
    assert Shadowing(house.databases.state, house.commands, Here(house.databases)).step() == 2


def test_money_that_another_rule_holds_as_well_is_told_to_stay():
    held = {"blocked": [{"amount": "800.00", "currency": "EUR"}], "delayed_cash": []}
    found = {
        "ruleset": "time-billing",
        "version": "1.1.0",
        "against": None,
        "since": "2026-03-02T12:00:00Z",
        "cases": {"compared": 1, "same": 0, "differing": 1, "not_evaluated": 0, "waiting": 0},
        "rules": [],
        "money": {side: {**held, "exposure": []} for side in ("before", "after")},
        "items": [],
        "next_cursor": None,
    }
    told = list(differences.lines(found))
    assert told[0].endswith("1.1.0 in shadow with nothing in force since 2 Mar 2026 12:00 UTC")
    assert told[1] == "1 case compared: 0 the same, 1 differ"
    assert told[-1] == "blocked: EUR 800.00, as before"
