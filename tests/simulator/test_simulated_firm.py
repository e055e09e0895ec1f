"""The simulated firm on the running program: what was injected is found, and nothing else."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from running import Program, furnished_program

from controlplane.simulator.books import PLANTED
from controlplane.simulator.emission import Sent
from controlplane.simulator.faults import FAULTS
from controlplane.simulator.history import backfill, past
from controlplane.simulator.lists import hand_in
from controlplane.simulator.live import live
from controlplane.simulator.score import score
from controlplane.simulator.silence import HEARD_AGAIN, SOURCE_SILENT, fall_silent
from controlplane.simulator.truth import Head, read_truth

DAYS = 45
START = datetime(2026, 1, 5, 7, tzinfo=UTC)


@pytest.fixture
def program(furnished: Path, tmp_path: Path) -> Iterator[Program]:
    """An installation of its own: history is told once, from its beginning."""
    with furnished_program(furnished, tmp_path / "data") as running:
        yield running


@pytest.fixture(scope="module")
def shared(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """One installation for several firms; they share no key."""
    with furnished_program(furnished, tmp_path_factory.mktemp("shared") / "data") as running:
        yield running


def head(seed: int, days: int, **parts: Any) -> Head:
    return Head(seed=seed, start=START, until=START + timedelta(days=days), **parts)


def scored(program: Program, truth: Path, *, expect: int = 0) -> dict[str, object]:
    text = program.cli("simulate", "score", "--truth", str(truth), "--json", expect=expect)
    found: dict[str, object] = json.loads(text)
    return found


def test_every_injected_fault_is_found_and_nothing_else(program: Program, tmp_path: Path):
    truth = tmp_path / "truth.jsonl"
    firm = ("--seed", "7", "--days", str(DAYS), "--truth", str(truth))
    told = json.loads(program.cli("simulate", "run", *firm, "--strained", "--json"))
    program.settled()
    lists = json.loads(program.cli("simulate", "lists", "--truth", str(truth), "--json"))
    program.settled()
    program.cli("simulate", "silence", "--truth", str(truth), "--json")
    program.settled()
    result = scored(program, truth)
    assert (result["missed"], result["false"]) == ([], [])
    assert (result["precision"], result["recall"]) == (1, 1)
    assert told["engagements"] > 60
    found = {row["fault"]: row["found"] for row in result["faults"]}
    assert len([fault for fault, count in found.items() if count]) >= 12
    assert found[PLANTED] == sum(one["planted"] for one in lists) >= 20
    assert found["approval-waited"] > 10
    assert (found[SOURCE_SILENT], found[HEARD_AGAIN]) == (2, 2)
    runs = program.get("/v1/reconciliations")["items"]
    assert {one["state"] for one in runs} <= {"breaks", "reconciled"}


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 11))
def test_in_firms_five_times_as_large_every_fault_is_found_and_nothing_else(
    program: Program, tmp_path: Path, seed: int
):
    """About four minutes a seed on two cores."""
    truth = tmp_path / "truth.jsonl"
    told = past(seed, datetime.now(UTC), 60)
    backfill(program.http, structs.replace(told, volume=5), truth)
    program.settled(900)
    program.http.post("/v1/sweeps").raise_for_status()
    program.settled(900)
    hand_in(program.http, truth)
    fall_silent(program.http, truth, now=lambda: datetime.now(UTC))
    program.settled(900)
    result = score(read_truth(truth), program.http)
    found = sum(row.expected > 0 for row in result.faults)
    assert (result.missed, result.false) == ((), ())
    assert found > len(FAULTS) * 0.9


def test_a_firm_without_faults_gives_no_exception(program: Program, tmp_path: Path):
    truth = tmp_path / "truth.jsonl"
    backfill(program.http, head(500, 30, faults=()), truth)
    program.settled()
    result = score(read_truth(truth), program.http)
    assert (result.expected, result.false) == (0, ())


def test_telling_history_again_changes_nothing(shared: Program, tmp_path: Path):
    truth = tmp_path / "truth.jsonl"
    first = backfill(shared.http, head(501, 14), truth)
    shared.settled()
    before = shared.get("/v1/processes/quote-to-cash/health", window="all")
    again = backfill(shared.http, head(501, 14), truth)
    shared.settled()
    after = shared.get("/v1/processes/quote-to-cash/health", window="all")
    assert again.sent.duplicates + again.sent.quarantined > first.sent.reports / 3
    assert (after["cases"], after["events"]) == (before["cases"], before["events"])


class Clock:
    """A wall clock that moves when somebody pauses, and says stop after so many pauses."""

    def __init__(self, at: datetime, step: timedelta, pauses: int) -> None:
        self.at = at
        self._step = step
        self._left = pauses

    def now(self) -> datetime:
        return self.at

    def pause(self, _seconds: float) -> bool:
        self.at += self._step
        self._left -= 1
        return self._left == 0


def test_life_goes_on_from_where_history_ended_and_from_where_it_was_stopped(
    shared: Program, tmp_path: Path
):
    truth = tmp_path / "truth.jsonl"
    backfill(shared.http, head(502, 10), truth)
    told: list[Sent] = []
    for _ in range(2):
        clock = Clock(read_truth(truth).until + timedelta(minutes=5), timedelta(hours=1), 30)
        live(
            shared.http,
            truth,
            now=clock.now,
            pause=clock.pause,
            told=lambda sent, _: told.append(sent),
        )
        assert read_truth(truth).until == clock.at - timedelta(hours=1)
    shared.settled()
    assert all(one.duplicates <= 3 for one in told)
    assert sum(one.reports for one in told) > 50


def test_each_way_to_fail_has_its_own_exit_code(shared: Program, tmp_path: Path):
    truth = tmp_path / "truth.jsonl"
    backfill(shared.http, head(503, 7), truth)
    shared.settled()
    lines = truth.read_text().splitlines()
    injected = next(json.loads(line) for line in lines if '"finds":[{' in line)
    injected["finds"] = [injected["finds"][0] | {"visible_at": "2026-01-06T00:00:00Z"}]
    injected["keys"] = ["ENG-1F7-9999"]
    truth.write_text("\n".join([lines[0], json.dumps(injected)]) + "\n")
    result = scored(shared, truth, expect=1)
    assert result["recall"] == 0
    assert "ENG-1F7-9999" in str(result["missed"])
    nowhere = ("--url", "http://127.0.0.1:9")
    shared.cli("simulate", "score", "--truth", str(truth), *nowhere, expect=3)
    shared.cli("simulate", "run", "--days", "1", "--truth", str(truth), *nowhere, expect=3)
    shared.cli("simulate", "score", "--truth", str(tmp_path / "none"), expect=2)
    shared.cli("simulate", "run", "--start", "2999-01-01", "--truth", str(truth), expect=2)
