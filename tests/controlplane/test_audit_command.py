"""Checkpoints are kept outside the database; `controlplane audit` checks the ledger itself."""

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from house import House, opened
from projecting import installation
from sqlalchemy import text
from typer.testing import CliRunner, Result

from controlplane.cli import auditing
from controlplane.cli.main import app
from controlplane.sealing import Checkpoints, LedgerBrokenError, Sealing
from governance.ledger import seal, stores
from governance.ledger.checkpoint import Checkpoint

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    databases = installation(tmp_path)
    with opened(databases, tmp_path) as house:
        for team in ("finance", "delivery", "hr"):
            house.put(f"/v1/teams/{team}", {"name": team.title(), "members": []}, expect=201)

        @contextmanager
        def reaching(_url: str | None, _token: str | None) -> Iterator[httpx.Client]:
            yield house.http

        monkeypatch.setattr(auditing, "reaching", reaching)
        yield house
    databases.close()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["audit", *map(str, arguments)])


def altered(house: House, statement: str) -> None:
    with house.databases.state.begin() as connection:
        connection.execute(text(statement))


def test_an_auditor_keeps_a_checkpoint_and_nothing_before_it_can_change(
    house: House, tmp_path: Path
):
    assert house.sealing.seal() is True
    assert house.sealing.seal() is False  # nothing was added
    kept = tmp_path / "kept.txt"
    assert "1 checkpoint(s) kept in" in run("checkpoints", "--out", kept).output
    assert run("checkpoints").output == kept.read_text()
    key = run("key").output.strip()
    house.put("/v1/teams/it", {"name": "IT", "members": []}, expect=201)
    held = run("verify", "--checkpoints", kept, "--key", key)
    assert held.exit_code == 0, held.output
    assert "The ledger holds: 4 entries, the first 3 as 1 checkpoint(s) that you kept" in " ".join(
        held.output.split()
    )
    altered(house, "DELETE FROM ledger WHERE number > 2")
    cut = run("verify", "--checkpoints", kept, "--key", key)
    assert cut.exit_code == 1
    assert "a checkpoint has seen 3 entries, there are 2" in cut.output
    told = house.post("/v1/audit/verify", {})
    assert (told["holds"], told["broken_at"], told["sealed"]) == (False, 3, 3)


def test_a_ledger_written_anew_is_found_and_never_sealed_again(house: House, tmp_path: Path):
    house.sealing.seal()
    altered(house, "DELETE FROM ledger")
    last = None
    with house.databases.state.begin() as connection:
        for _ in range(5):
            last = stores.append(
                connection, actor="eve", action="team:put:x", subject="x", detail={}, at=NOON
            )
    assert seal(last, actor="e", action="a:b:c", subject="s", detail={}, at=NOON).number == 6
    assert run("verify").exit_code == 1
    assert json.loads(run("verify", "--json").output)["holds"] is False
    anew = Sealing(
        house.databases.state, Checkpoints(tmp_path / "checkpoints", tmp_path), now=lambda: NOON
    )
    with pytest.raises(LedgerBrokenError, match="not those that a checkpoint has seen"):
        anew.seal()


def test_a_checkpoint_that_another_key_signed_says_nothing(house: House, tmp_path: Path):
    house.sealing.seal()
    stranger = Checkpoints(tmp_path / "other", tmp_path / "other").verifier.text
    refused = run("verify", "--key", stranger)
    assert refused.exit_code == 1
    assert "not signed by" in refused.output


def test_one_entry_is_proved_by_a_short_path(house: House):
    proved = run("prove", 2)
    assert proved.exit_code == 0
    assert "stands among 3 entries, 2 steps" in proved.output
    proof = house.get("/v1/audit/entries/1/proof", size=2)
    assert (proof["size"], len(proof["path"])) == (2, 1)
    assert house.http.get("/v1/audit/entries/9/proof").status_code == 404
    assert house.http.get("/v1/audit/entries/3/proof", params={"size": 2}).status_code == 400
    assert house.http.get("/v1/audit/entries/99999999999999999999/proof").status_code == 404
    assert house.http.get("/v1/audit/entries/1/proof", params={"size": -1}).status_code == 400


def test_who_restarts_goes_on_where_the_last_checkpoint_stood(house: House, tmp_path: Path):
    house.sealing.seal()
    again = Sealing(house.databases.state, Checkpoints(tmp_path / "checkpoints", tmp_path))
    assert again.seal() is False
    house.put("/v1/teams/it", {"name": "IT", "members": []}, expect=201)
    assert again.seal() is True
    listed = house.get("/v1/audit/checkpoints")
    assert [one["size"] for one in listed["items"]] == [4, 3]
    assert house.get("/v1/audit/checkpoints", limit=1)["items"] == listed["items"][:1]


def test_nobody_else_reads_the_key(house: House, tmp_path: Path):
    assert stat.S_IMODE((tmp_path / "ledger.key").stat().st_mode) == 0o600
    assert house.sealing.checkpoints.verifier == Checkpoints(tmp_path / "x", tmp_path).verifier


def test_a_checkpoint_is_due_after_a_minute_in_which_something_changed(
    house: House, tmp_path: Path
):
    times = [NOON]
    sealing = Sealing(
        house.databases.state, Checkpoints(tmp_path / "own", tmp_path), now=lambda: times[-1]
    )
    assert sealing.seal_when_due() is True
    house.put("/v1/teams/it", {"name": "IT", "members": []}, expect=201)
    times.append(NOON + timedelta(seconds=59))
    assert sealing.seal_when_due() is False
    times.append(NOON + timedelta(seconds=60))
    assert sealing.seal_when_due() is True
    times.append(NOON + timedelta(hours=1))
    assert sealing.seal_when_due() is False  # nothing changed


def test_a_checkpoint_that_could_not_be_written_is_written_the_next_time(
    house: House, tmp_path: Path
):
    sealing = Sealing(house.databases.state, Checkpoints(tmp_path / "own", tmp_path))
    (tmp_path / "own").rmdir()
    with pytest.raises(FileNotFoundError):
        sealing.seal()
    (tmp_path / "own").mkdir()
    assert sealing.seal() is True


def test_the_newest_checkpoints_are_read_from_the_end_of_the_file(house: House, tmp_path: Path):
    kept = Checkpoints(tmp_path / "own", tmp_path)
    for size in range(1, 13):
        kept.append(Checkpoint(size=size, root="ab" * 32, at=NOON))
    every = kept.notes()
    assert [kept.newest(limit) for limit in (1, 3, 12, 50)] == [
        every[-1:],
        every[-3:],
        every,
        every,
    ]


def test_a_file_that_holds_no_checkpoints_is_no_stack_trace(house: House, tmp_path: Path):
    for wrong in (b"half a note", b"\xff\xfe"):
        (tmp_path / "kept").write_bytes(wrong)
        refused = run("verify", "--checkpoints", tmp_path / "kept")
        assert refused.exit_code == 1
        assert "The checkpoints:" in refused.output


def test_a_ledger_without_a_checkpoint_is_not_called_sealed(house: House):
    held = run("verify")
    assert held.exit_code == 0
    assert "only their chain was checked" in " ".join(held.output.split())


def test_an_entry_that_cannot_be_read_is_a_problem_and_no_fault_of_ours(house: House):
    altered(house, "UPDATE ledger SET detail = CAST(x'ff' AS TEXT) WHERE number = 2")
    answer = house.http.get("/v1/audit/entries")
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/ledger-damaged"
    told = house.post("/v1/audit/verify", {})
    assert (told["holds"], told["because"]) == (False, "it cannot be read")
