"""`controlplane contracts` and a server: registered, listed, checked and brought back as files."""

import json
import subprocess
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
    assert said("register", "sent").splitlines() == [
        "orders.placed 1.0.0  to be drafted of a new contract",
        "plan: 1 of 1 versions to be drafted",
        "orders.placed 1.0.0  draft  no findings",
    ]
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
    assert said("register", "back").splitlines() == [
        "orders.placed 1.0.0  stands, published",
        "plan: 0 of 1 versions to be drafted",
        "orders.placed 1.0.0  published  no findings",
    ]
    assert said("check", "back", "--against", "sent").startswith("nothing changed")
    assert said("export", "back", "--unpublished") == "3 files in back\n"


def test_a_document_that_nobody_owns_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bare.json").write_text(PLACED)
    told = run("register", "bare.json")
    assert (told.exit_code, "--subject" in told.output) == (2, True)


def test_a_checkout_is_planned_before_it_is_registered_and_a_changed_version_stops_it(
    house: House, tmp_path: Path
):
    folder = tmp_path / "repo" / "placed"
    folder.mkdir(parents=True)
    (folder / "contract.yaml").write_text(SUBJECT)
    (folder / "1.0.0.json").write_text(PLACED)
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "stands")):
        subprocess.run(["git", *words], cwd=folder.parent, check=True, capture_output=True)
    (folder / "1.0.0.json").write_text(NUMBERED)
    planned = json.loads(said("register", "repo", "--plan", "--json"))["plan"]
    assert [(one["version"], one["contract"], one["plan"]) for one in planned] == [
        ("1.0.0", "new", "new")
    ]
    assert house.get("/v1/contracts")["items"] == []
    assert "orders.placed 1.0.0  draft" in said("register", "repo", "--at", "HEAD")
    artifact = house.http.get("/v1/contracts/orders.placed/versions/1.0.0/artifact")
    assert artifact.text == PLACED
    (folder / "1.1.0.json").write_text(PLACED + "\n")
    stopped = run("register", "repo")
    assert stopped.exit_code == 1
    assert "orders.placed 1.0.0  stands with other bytes, draft" in stopped.output
    assert len(house.get("/v1/contracts/orders.placed")["versions"]) == 1
