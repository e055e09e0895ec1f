"""`controlplane contracts` and a server: registered, listed, checked and brought back as files."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from house import House, opened
from projecting import installation
from typer.testing import CliRunner, Result

from controlplane.cli import contract_catalogue, contract_checking
from controlplane.cli.main import app

PLACED = """\
{"$schema": "https://json-schema.org/draft/2020-12/schema",
 "type": "object",
 "properties": {"id": {"type": "string"}}}"""
NUMBERED = PLACED.replace('"string"', '"integer"')
SUBJECT = """\
subject: orders.placed
kind: event
format: jsonschema
owner: sales
title: An order is placed
consumers:
- system: erp
  versions: ^1.0
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.chdir(tmp_path)
    databases = installation(tmp_path)
    with opened(databases, tmp_path / "house") as one:
        one.put("/v1/teams/sales", {"name": "Sales", "members": []}, expect=201)

        @contextmanager
        def here(_url: str | None, _token: str | None) -> Iterator[httpx.Client]:
            yield one.http

        for module in (contract_catalogue, contract_checking):
            monkeypatch.setattr(module, "reaching", here)
        yield one
    databases.close()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["contracts", *map(str, arguments)])


def said(*arguments: object) -> str:
    told = run(*arguments)
    assert told.exit_code == 0, told.output
    return told.output


def test_contracts_go_to_the_server_from_files_and_come_back_as_the_same_files(
    house: House, tmp_path: Path
):
    folder = tmp_path / "sent" / "orders.placed"
    folder.mkdir(parents=True)
    (folder / "contract.yaml").write_text(SUBJECT)
    (folder / "1.0.0.json").write_text(PLACED)
    assert said("register", "sent") == "orders.placed 1.0.0  draft  no findings\n"
    moved = {"to": "published", "comment": ""}
    house.post("/v1/contracts/orders.placed/versions/1.0.0/transitions", moved)
    assert "published" in said("list")
    assert "read by erp (^1.0)" in said("show", "orders.placed")

    (tmp_path / "next.json").write_text(NUMBERED)
    refused = run("check", "next.json", "--subject", "orders.placed", "--json")
    (judged,) = json.loads(refused.stdout)["contracts"]
    assert (refused.exit_code, judged["verdict"]) == (1, "incompatible")
    assert ("TYPE_CHANGED", "next.json", 3) in [
        (one["rule"], one["file"], one["line"]) for one in judged["findings"]
    ]
    (tmp_path / "same.json").write_text(f"{PLACED}\n")
    assert "compatible" in said("check", "same.json", "--subject", "orders.placed")
    drafted = run("register", "next.json", "--subject", "orders.placed", "--version", "1.1.0")
    assert (drafted.exit_code, "1.1.0  draft  2 breaking" in drafted.output) == (1, True)

    assert said("export", "back") == "2 files in back\n"
    back = tmp_path / "back" / "orders.placed"
    assert (back / "1.0.0.json").read_bytes() == PLACED.encode()
    assert said("register", "back") == "orders.placed 1.0.0  published  no findings\n"
    assert said("check", "back", "--against", "sent").startswith("nothing changed")
    assert said("export", "back", "--unpublished") == "3 files in back\n"


def test_a_document_that_nobody_owns_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bare.json").write_text(PLACED)
    told = run("register", "bare.json")
    assert (told.exit_code, "--subject" in told.output) == (2, True)
