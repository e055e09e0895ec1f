"""What cannot be applied waits to be mended; a fault of our own passes nobody over."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from house import opened
from projecting import (
    NOON,
    ByReference,
    answer,
    append,
    ask,
    contents,
    drain,
    installation,
    register,
    sweep,
)
from small_billing import PROCESS, happened, install_in_log
from sqlalchemy import update

from controlplane.consumer import Consumer
from controlplane.database import Databases, open_databases, reading, writing
from controlplane.migrations import migrate
from controlplane.pipeline import processing as steps
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from controlplane.unprocessed_stores import (
    Standstill,
    Unprocessed,
    count,
    page,
    stand_still,
    standing_still,
)
from controlplane.worker import FORGIVEN, LONGEST_PAUSE_SECONDS, Worker
from governance.exception.inbox.stores import list_exceptions
from governance.exception.inbox.wanted import Wanted
from observability.event import ProcessEvent, encode_event
from observability.log.entry import EVENT
from observability.projection import progress_stores
from observability.tables import STATE, log_entry
from rules.decision import Decision, Fact

EUROS = {"amount": "100.00", "currency": "EUR"}
POISON = b'{"not":"an event"}'


class Fallible(ByReference):
    """Has a bug, until it is mended, in all it decides or about one case."""

    broken = False
    poison = ""

    def decide(self, key: str, cases: Sequence[Sequence[Fact]]) -> list[Decision]:
        if self.broken or any(fact.id == self.poison for case in cases for fact in case):
            raise RuntimeError("a bug of ours")
        return super().decide(key, cases)


class Patience(Event):
    """Waits in no time, and remembers for how long it was asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        return self.is_set()


class Firm:
    def __init__(self, databases: Databases) -> None:
        self.databases = databases
        self.rules = Fallible()
        self.patience = Patience()
        self.worker = self.hire()

    def hire(self) -> Worker:
        consumer = Consumer(self.databases, Processing(self.rules))
        return Worker(consumer, self.patience, limit=8)

    def work(self, steps: int = 400) -> None:
        """Let the worker take what is there; one that stands still does not get there."""
        for _ in range(steps):
            if not self.worker.step():
                return

    def sign(self) -> None:
        names = [(f"s-{number}", f"E-{number}") for number in range(25)]
        append(
            self.databases,
            [happened("sb.engagement.signed", id_, NOON, engagement_id=e) for id_, e in names],
        )

    def approve(self, *numbers: int) -> None:
        for number in numbers:
            append(self.databases, [approved(number)])

    def retry(self, offset: int) -> int:
        asked = ask(self.databases, "unprocessed:retry", {"offset": offset})
        self.work()
        return answer(self.databases, asked).status

    @property
    def unprocessed(self) -> list[Unprocessed]:
        with reading(self.databases.state) as state:
            return page(state, after=0, limit=500)

    @property
    def blocked(self) -> set[str]:
        with reading(self.databases.state) as state:
            return {
                one.occurrence for one in list_exceptions(state, Wanted(), at=NOON, limit=200).items
            }

    @property
    def late(self) -> set[str]:
        return {one for one in self.blocked if one.startswith("time-to-invoice:")}

    def replayed(self) -> list[str]:
        tables = verify(self.databases, ByReference()).tables
        return [one.table for one in tables if not one.equal]


def approved(number: int) -> ProcessEvent:
    return happened(
        "sb.time.approved",
        f"t-{number}",
        NOON + timedelta(minutes=number),
        engagement_id=f"E-{number}",
        timesheet_id=f"T-{number}",
        amount=EUROS,
    )


@pytest.fixture
def firm(databases: Databases) -> Firm:
    install_in_log(databases)
    drain(databases, Processing(ByReference()))
    one = Firm(databases)
    one.sign()
    one.work()
    return one


def corrupt(firm: Firm, *names: str) -> None:
    """Let the log hold what no version of ours can read."""
    with writing(firm.databases.log) as connection:
        c = log_entry.c
        spoil = update(log_entry).where(c.kind == EVENT, c.id.in_(names))
        connection.execute(spoil.values(payload=POISON))


def test_a_timesheet_that_a_bug_kept_out_is_billed_against_after_the_fix(firm: Firm):
    firm.rules.poison = "T-2"
    firm.approve(1, 2, 3)
    firm.work()
    assert firm.blocked == {"T-1", "T-3"}
    [missed] = firm.unprocessed
    assert missed.error == "RuntimeError: a bug of ours"
    assert firm.retry(missed.offset) == 500
    assert [one.retries for one in firm.unprocessed] == [1]
    firm.rules.poison = ""
    assert firm.retry(missed.offset) == 200
    assert firm.blocked == {"T-1", "T-2", "T-3"}
    assert firm.unprocessed == []
    assert firm.retry(missed.offset) == 404
    assert firm.replayed() == []


def test_a_retry_leaves_the_same_state_as_if_nothing_had_failed(firm: Firm, tmp_path: Path):
    firm.rules.poison = "T-2"
    firm.approve(1, 2)
    firm.work()
    firm.rules.poison = ""
    firm.retry(firm.unprocessed[0].offset)
    tables = ("instance", "entity", "clock", "case_event", "case_key", "case_entity")
    mended = contents(firm.databases, STATE, *tables)
    ordinary = installation(tmp_path / "ordinary")
    install_in_log(ordinary)
    other = Firm(ordinary)
    other.sign()
    other.approve(1, 2)
    other.work()
    assert mended == contents(ordinary, STATE, *tables)
    ordinary.close()


def test_a_command_that_failed_is_answered_late_with_what_it_came_to(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object) -> None:
        raise RuntimeError("a bug of ours")

    alias = {"process": "small-billing", "case": "E-0", "aliases": ["O-1"]}
    with monkeypatch.context() as patched:
        patched.setattr("controlplane.applying.alias.join_aliases", broken)
        asked = ask(firm.databases, "alias:put", alias)
        firm.work()
    assert answer(firm.databases, asked).status == 500
    [missed] = firm.unprocessed
    assert firm.retry(missed.offset) == 200
    late = answer(firm.databases, asked)
    assert (late.status, late.body["aliases"]) == (200, ["O-1"])
    assert firm.replayed() == []


def test_a_fault_of_our_own_passes_nobody_over_and_ends_when_it_is_mended(firm: Firm):
    firm.rules.broken = True
    firm.approve(*range(1, 25))
    firm.work(16)
    assert len(firm.unprocessed) == FORGIVEN
    with reading(firm.databases.state) as state:
        stands = standing_still(state)
    assert stands is not None
    assert stands.error == "RuntimeError: a bug of ours"
    pauses = [one for one in firm.patience.waited if one]
    assert pauses[:4] == [1.0, 2.0, 4.0, 8.0]
    assert max(pauses) == LONGEST_PAUSE_SECONDS
    firm.worker = firm.hire()  # started again, it knows: nobody more is passed over
    firm.work(3)
    assert len(firm.unprocessed) == FORGIVEN
    firm.rules.broken = False
    firm.work()
    for one in firm.unprocessed:
        assert firm.retry(one.offset) == 200
    assert len(firm.blocked) == 24
    with reading(firm.databases.state) as state:
        assert standing_still(state) is None
        assert count(state) == 0
    assert firm.replayed() == []


def test_many_unreadable_entries_in_a_row_hold_up_nobody_behind_them(firm: Firm):
    firm.approve(*range(1, 8), *range(10, 25))
    corrupt(firm, *(f"t-{number}" for number in range(1, 8)))
    firm.work()
    assert len(firm.unprocessed) == 7
    assert len(firm.blocked) == 15
    assert firm.replayed() == []


def test_a_sweep_that_fails_half_way_is_met_again_by_a_replay(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(steps, "SWEEP_LIMIT", 2)
    firm.approve(*range(1, 7))
    firm.work()
    firm.rules.poison = "E-5"
    sweep(firm.databases, NOON + timedelta(days=9))
    firm.work()
    assert [one.kind for one in firm.unprocessed] == ["sweep"]
    with reading(firm.databases.state) as state:
        last = progress_stores.boundaries(state, 0, 500)[-1]
    assert last.passed_over
    firm.rules.poison = ""
    assert firm.replayed() == []
    assert firm.retry(firm.unprocessed[0].offset) == 200
    sweep(firm.databases, NOON + timedelta(days=10))
    firm.work()
    assert {f"time-to-invoice:T-{n}" for n in range(1, 7)} <= firm.blocked
    assert firm.replayed() == []


def test_a_sweep_is_tried_again_by_one_piece_and_the_next_sweep_takes_the_rest(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(steps, "SWEEP_LIMIT", 2)
    firm.approve(*range(1, 7))
    firm.work()
    firm.rules.broken = True
    sweep(firm.databases, NOON + timedelta(days=9))
    firm.work()
    firm.rules.broken = False
    (missed,) = firm.unprocessed
    before = firm.late
    assert firm.retry(missed.offset) == 200
    assert len(firm.late - before) == 2
    sweep(firm.databases, NOON + timedelta(days=10))
    firm.work()
    assert len(firm.late) == 6
    assert firm.replayed() == []


def test_what_an_attempt_put_in_force_is_forgotten_with_it(firm: Firm):
    processing = Processing(firm.rules)
    consumer = Consumer(firm.databases, processing)
    register(firm.databases, "process", PROCESS.replace("small-billing", "other-billing"))
    consumer.attempt(consumer.offset + 1)
    with reading(firm.databases.state) as state:
        assert "other-billing" not in processing.definitions(state).models


def test_an_operator_lists_what_failed_and_tries_it_again(databases: Databases, tmp_path: Path):
    install_in_log(databases)
    append(databases, [approved(1), approved(2)])
    with writing(databases.log) as connection:
        c = log_entry.c
        spoil = update(log_entry).where(c.kind == EVENT, c.id == "t-1")
        connection.execute(spoil.values(payload=POISON))
    with opened(databases, tmp_path) as house:
        house.put("/v1/teams/delivery", {"name": "Delivery"}, expect=201)  # all before it is done
        listed = house.get("/v1/unprocessed")
        (one,) = listed["items"]
        assert (one["kind"], one["source"], one["id"]) == ("event", "urn:psa", "t-1")
        assert one["payload"] == POISON.decode()
        assert (listed["total"], listed["standstill"]) == (1, None)
        house.post(f"/v1/unprocessed/{one['offset']}/retry", {}, expect=500)
        assert house.get("/v1/unprocessed")["items"][0]["retries"] == 1
        with writing(databases.log) as connection:
            connection.execute(
                update(log_entry)
                .where(log_entry.c.offset == one["offset"])
                .values(payload=encode_event(approved(1)))
            )
        done = house.post(f"/v1/unprocessed/{one['offset']}/retry", {})
        assert done == {"offset": one["offset"], "kind": "event"}
        house.post("/v1/unprocessed/none/retry", {}, expect=404)
        (audited,) = house.get("/v1/audit", action="log:entry:retried")["items"]
        assert audited["subject"] == str(one["offset"])


def test_a_worker_that_stands_still_is_not_ready(tmp_path: Path):
    databases = open_databases(tmp_path, None)
    migrate(databases)
    with opened(databases, tmp_path) as house:
        assert house.get("/health/ready")["worker"] == "ok"
        with writing(databases.state) as state:
            stand_still(state, Standstill(offset=1, error="a bug", since=NOON))
        answered = house.http.get("/health/ready")
        assert (answered.status_code, answered.json()["worker"]) == (503, "failing")
        assert house.get("/v1/unprocessed")["standstill"]["error"] == "a bug"
    databases.close()
