"""`controlplane rules backtest`: begun, waited for, cancelled, and read by a person."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from backtesting import CASES, DEARER, VERSION, told
from house import House, opened
from projecting import installation
from timework import furnish
from typer.testing import CliRunner, Result

from controlplane.cli import backtesting
from controlplane.cli.main import app


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    databases = installation(tmp_path / "data")
    with opened(databases, tmp_path / "data") as one:

        @contextmanager
        def here(*_: object) -> Iterator[object]:
            yield one.http

        monkeypatch.setattr(backtesting, "reaching", here)
        furnish(one)
        yield one
    databases.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "time-billing.yaml"
    path.write_text(DEARER)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["rules", "backtest", *map(str, arguments)])


def test_a_file_is_tried_and_what_it_would_change_is_told_in_words(house: House, file: Path):
    told(house)
    done = run(file)
    assert done.exit_code == 0, done.output
    said = done.output
    assert "time-billing 1.1.0 against 1.0.0, over time-to-invoice" in said
    assert "2 cases and 2 decisions looked at: 1 case and 1 decision would be otherwise" in said
    assert "exceptions: 0 open, 1 close, 0 change" in said
    assert "blocked  EUR 1,200.00  ->  EUR 800.00  -400.00" in said
    assert "time-without-rate: 0 open, 1 close, 0 change; blocked EUR -400.00" in said
    assert "1.0.0: Timesheet TS-0 has no rate. [EUR 400.00 blocked, high, delivery]" in said
    assert "1.1.0: timesheet TS-0: amount is EUR 400.00, not at least EUR 500.00" in said


def test_a_version_is_tried_and_its_backtest_can_be_looked_at_later(house: House):
    told(house)
    house.put_document(VERSION, DEARER)
    begun = run("time-billing@1.1.0", "--no-wait", "--against", "none", "--now-only")
    assert begun.exit_code == 0, begun.output
    (listed,) = house.get("/v1/backtests")["items"]
    assert listed["id"] in begun.output
    found = json.loads(run(listed["id"], "--json").output)
    assert (found["status"], found["against"], found["history"]) == ("done", None, False)
    assert found["result"]["standing"]["opened"] == 1
    assert "against no version" in run(listed["id"]).output


def test_ctrl_c_cancels_it(house: House, file: Path, monkeypatch: pytest.MonkeyPatch):
    told(house, CASES)

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backtesting, "sleep", interrupted)
    done = run(file)
    assert done.exit_code == 1
    assert "cancelled: nothing is said" in done.output
    assert [one["status"] for one in house.get("/v1/backtests")["items"]] == ["cancelled"]


def test_what_is_neither_a_file_nor_a_version_is_a_mistake_of_whoever_typed_it():
    assert run("nowhere").exit_code == 2
    both = run("professional-services")
    assert both.exit_code == 2
    assert "name one rule set" in " ".join(both.output.replace("│", " ").split())
