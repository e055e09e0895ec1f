"""`controlplane reconcile`: a nightly job uploads, runs, and fails where systems differ."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from house import opened
from projecting import append, installation
from reconciled import BY_EXTRACT, MODEL, NAME, approved
from typer.testing import CliRunner, Result

from controlplane.cli import reconciling
from controlplane.cli.main import app
from controlplane.reconciling.__main__ import told
from controlplane.reconciling.reconciler import Reconciler

HEAD = "expense_id,project_id,amount,currency\n"
NOW = "2026-11-01T12:00:00Z"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("reconcile")
    databases = installation(folder)
    with opened(databases, folder) as house:
        house.put_document("/v1/processes/spending", MODEL)
        text = BY_EXTRACT.replace("    fresh: {hours: 48}\n", "")
        house.put_document(f"/v1/reconciliations/{NAME}", text)
        append(databases, [approved(number) for number in range(3)])
        reconciler = Reconciler(
            databases,
            house.commands,
            lambda ids: (told(databases, one) for one in ids),
            period_seconds=0.05,
        )
        reconciler.start()
        yield house.http
        reconciler.close()
    databases.close()


@pytest.fixture
def here(served: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def reaching(_url: str | None, _token: str | None) -> Iterator[httpx.Client]:
        yield served

    monkeypatch.setattr(reconciling, "reaching", reaching)
    monkeypatch.setenv("COLUMNS", "160")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["reconcile", *map(str, arguments)])


def test_a_night_of_it(here, tmp_path: Path):
    file = tmp_path / "erp.csv"
    file.write_text(f"{HEAD}X-0,P-0,100.00,EUR\nX-1,P-1,90.00,EUR\n")
    assert run("run", NAME).exit_code == 1  # nothing was uploaded: it could not be checked
    refused = run("upload", NAME, "erp", file, "--watermark", NOW, "--total", "lines=3")
    assert "3 lines are declared, 2 came" in str(refused.exception)
    taken = run(
        *("upload", NAME, "erp", file, "--watermark", NOW),
        *("--total", "lines=2", "--total", "amount=190.00 EUR"),
    )
    assert taken.output == "2 lines taken: amount EUR 190.00\n"
    ended = run("run")
    assert ended.exit_code == 1
    assert "◆ breaks · 2 broken, 0 on the way · 2 opened, 0 closed · EUR 110.00" in ended.output
    assert NAME in run("list").output
    shown = run("show", NAME).output
    assert "amount EUR 300.00" in shown
    listed = run("breaks", NAME, "--kind", "value").output
    assert "amount EUR 100" in listed
    assert "amount EUR 90" in listed
    assert run("breaks", NAME, "--csv").output.count("\n") == 3
    file.write_text(HEAD + "".join(f"X-{n},P-1,100.00,EUR\n" for n in range(3)))
    assert run("upload", NAME, "erp", file, "--watermark", NOW).exit_code == 0
    mended = run("run", NAME, "--json")
    assert mended.exit_code == 0
    [one] = json.loads(mended.output)
    assert (one["verdict"], one["closed"]) == ("reconciled", 2)


def test_a_file_of_another_kind_is_refused_before_it_is_sent(here, tmp_path: Path):
    file = tmp_path / "erp.xlsx"
    file.write_bytes(b"PK")
    answer = run("upload", NAME, "erp", file, "--watermark", NOW)
    assert (answer.exit_code, "a .csv or a .json file is expected" in answer.output) == (2, True)


def test_a_wrong_file_is_found_by_its_name_and_withdrawn(here, tmp_path: Path):
    file = tmp_path / "erp.csv"
    file.write_text(f"{HEAD}X-0,P-0,777.00,EUR\n")
    assert run("upload", NAME, "erp", file, "--watermark", NOW).exit_code == 0
    assert "777.00" in run("extracts", NAME).output
    [newest, *_] = json.loads(run("extracts", NAME, "--json").output)
    gone = run("withdraw", NAME, newest["id"], "--reason", "of another month")
    assert gone.output == "erp of 1 lines is withdrawn\n"
    assert newest["id"] not in run("extracts", NAME).output
    assert run("run", NAME).exit_code == 1  # until another comes there is nothing to hold against
    again = run("withdraw", NAME, newest["id"], "--reason", "once more")
    assert again.exit_code != 0
