"""The command line by its promises: exit codes, JSON, keys before the first start."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from projecting import NOON
from running import Program, free_port
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner, Result

from controlplane.cli.main import app
from controlplane.cli.showing import showing
from controlplane.database import open_databases, reading
from controlplane.identity.stores import any_waiting
from controlplane.pack.shipped import shipped
from observability.log import stores as log

SHIPPED = shipped()[0].head.version
EXPORTS = Path(__file__).parents[2] / "examples" / "exports"
PACK = Path(__file__).parents[2] / "examples" / "travel-expense"


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that names a server where none listens."""
    for name in [one for one in os.environ if one.startswith("CONTROLPLANE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CONTROLPLANE_URL", f"http://127.0.0.1:{free_port()}")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize(
    "arguments",
    [
        ("pack", "install", str(PACK)),
        ("keys", "list"),
        ("contracts", "check", str(PACK / "pack.yaml"), "--subject", "a.b", "--as", "jsonschema"),
        ("unprocessed", "list"),
        ("unprocessed", "retry", "--all"),
        ("keys", "revoke", "0123456789ab"),
        ("keys", "create", "--name", "x", "--role", "viewer"),
    ],
)
def test_a_server_out_of_reach_is_exit_3_and_says_how_to_start_it(arguments: tuple[str, ...]):
    done = run(*arguments)
    assert done.exit_code == 3
    assert "controlplane serve" in done.output


def test_a_client_command_does_not_wait_for_the_parts_of_the_server():
    code = """
import sys
from typer.main import get_command
from controlplane.cli.main import app
assert get_command(app).get_command(None, "exceptions")
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    servers = {"litestar", "uvicorn", "alembic", "openapi_spec_validator", "controlplane.consumer"}
    elsewhere = {"sqlalchemy", "opentelemetry.sdk", "streamlit"}
    assert (servers | elsewhere).isdisjoint(done.stdout.split())


def test_every_command_is_found_where_the_table_says():
    named = get_command(app)
    assert isinstance(named, TyperGroup)
    assert all(command.name == name and command.help for name, command in named.commands.items())


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize(
    "arguments",
    [
        ("serve", "--port", "many"),
        ("serve", "--log-level", "loud"),
        ("keys", "create", "--name", "x", "--role", "emperor"),
        ("import", "xes", "no-such-file.xes", "--process", "p"),
        ("replay",),
        ("unprocessed", "retry"),
        ("unprocessed", "retry", "7", "--all"),
        ("pack", "check", "no-such-pack"),
        ("conquer",),
    ],
)
def test_a_command_that_makes_no_sense_is_exit_2(arguments: tuple[str, ...]):
    assert run(*arguments).exit_code == 2


@pytest.mark.usefixtures("nowhere")
def test_a_sound_pack_is_exit_0_and_a_flawed_one_exit_1(tmp_path: Path):
    assert run("pack", "check", str(PACK)).exit_code == 0
    for file in PACK.rglob("*"):
        if file.is_file():
            copy = tmp_path / file.relative_to(PACK)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    calendar = next((tmp_path / "calendars").iterdir())
    calendar.write_text(calendar.read_text().replace("Europe/Amsterdam", "Europe/Atlantis"))
    done = run("pack", "check", str(tmp_path), "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["problems"]


@pytest.mark.usefixtures("nowhere")
def test_the_databases_are_brought_up_to_date_twice_without_harm(tmp_path: Path):
    for _ in range(2):
        assert run("migrate", "--data-dir", str(tmp_path)).exit_code == 0


@pytest.mark.usefixtures("nowhere")
def test_the_first_key_is_made_without_a_server_and_its_secret_is_kept_nowhere(tmp_path: Path):
    done = run(
        *("keys", "create", "--name", "first", "--role", "admin", "--offline", "--json"),
        *("--data-dir", str(tmp_path), "--days", "30"),
    )
    assert done.exit_code == 0, done.output
    token = json.loads(done.stdout)["key"]
    databases = open_databases(tmp_path, None)
    with reading(databases.log) as connection:
        assert any_waiting(connection, at=NOON)
        (entry,) = log.read(connection, 0, 10)
    databases.close()
    assert token.encode() not in entry.payload


def serve(folder: Path, port: int) -> "subprocess.Popen[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CONTROLPLANE_")}
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "controlplane", "serve"),
            *("--host", "0.0.0.0", "--port", str(port), "--data-dir", str(folder)),  # noqa: S104
        ],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_an_address_open_to_others_is_not_served_while_no_key_exists(tmp_path: Path):
    refused = serve(tmp_path, free_port())
    _, said = refused.communicate(timeout=60)
    assert refused.returncode == 2
    assert "keys create" in said


def test_with_a_key_it_is_served_to_those_who_hold_one(tmp_path: Path):
    made = run(
        *("keys", "create", "--name", "first", "--role", "admin", "--offline", "--json"),
        *("--data-dir", str(tmp_path)),
    )
    token = json.loads(made.stdout)["key"]
    program = Program(tmp_path, None)
    program.environment |= {
        "CONTROLPLANE_HOST": "0.0.0.0",  # noqa: S104 - that is what is tried
        "CONTROLPLANE_TOKEN": token,
    }
    program.start()
    try:
        assert program.http.get("/v1/me").status_code == 401
        program.settled()
        program.http.headers["authorization"] = f"Bearer {token}"
        assert program.get("/v1/me")["role"] == "admin"
        program.cli("keys", "create", "--name", "second", "--role", "viewer")
        assert "second" in program.cli("keys", "list")
        viewer = next(one for one in program.get("/v1/keys")["items"] if one["role"] == "viewer")
        program.cli("keys", "revoke", viewer["id"])
        program.cli("keys", "revoke", "0" * 12, expect=1)
        mine = program.cli("keys", "create", "--name", "hers", "--role", "contributor", "--json")
        log = str(EXPORTS / "ticket-log.csv")
        told = program.cli(
            *("import", "csv", log, "--process", "tickets", "--token", json.loads(mine)["key"])
        )
        assert told.startswith("6 events: 6 accepted")
    finally:
        assert program.stop() in {0, 130}  # 130: stopped by Ctrl-C
        program.http.close()


def test_a_second_server_on_the_same_folder_is_turned_away(tmp_path: Path):
    program = Program(tmp_path, None)
    program.start()
    try:
        program.environment |= {"CONTROLPLANE_PORT": str(free_port())}
        program.cli("serve", expect=2)
    finally:
        program.stop()
        program.http.close()


def test_a_server_whose_address_is_taken_says_so_and_what_to_do(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run("serve", "--port", str(port), "--data-dir", str(tmp_path))
    assert done.exit_code == 2
    assert f"127.0.0.1:{port} cannot be listened on" in done.output
    assert "--port" in done.output


@pytest.mark.usefixtures("nowhere")
def test_a_pack_that_is_nowhere_is_answered_with_those_that_come_along():
    done = run("pack", "install", "nowhere")
    assert done.exit_code == 2
    assert "professional-services" in done.output


def test_packs_are_listed_with_the_versions_that_are_shipped_and_installed(tmp_path: Path):
    program = Program(tmp_path, None)
    program.start()
    try:
        program.cli("pack", "install", str(PACK))
        listed = json.loads(program.cli("pack", "list", "--json"))["items"]
        stand = {one["pack"]: (one["shipped"], one["installed"]) for one in listed}
        assert stand["professional-services"] == (SHIPPED, None)
        assert stand["travel-expense"] == (None, "1.0.0")
    finally:
        program.stop()
        program.http.close()


def test_work_whose_end_nobody_knows_is_told_without_one(capsys: pytest.CaptureFixture[str]):
    with showing("log.xes") as told:
        for done in range(0, 12_001, 500):
            told(done, None)
    assert capsys.readouterr().err.splitlines() == ["log.xes: 5000", "log.xes: 10000"]
