from concurrent.futures import Future, wait
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, event

from controlplane.database import Databases, open_databases, reading
from controlplane.logwriter import BackloggedError, Draft, LogUnavailableError, LogWriter
from observability.log import stores as log
from observability.log.entry import DECISION, Appended, LogEntry
from observability.quarantine import stores as quarantine
from observability.quarantine.held import REPLAYED, Held, Settlement
from observability.tables import LOG

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BAD_TEXT = "\ud800"  # a lone surrogate: no database takes it


def entry(id_: str, *, payload: bytes = b"{}") -> LogEntry:
    return LogEntry(kind="event", source="urn:psa", id=id_, at=NOON, payload=payload)


def held(id_: str = "Q-1") -> Held:
    return Held(
        id=id_, received_at=NOON, channel="cloudevents", reason="r", detail="d", payload=b""
    )


def stored(databases: Databases) -> list[str]:
    with reading(databases.log) as connection:
        return [one.id for one in log.read(connection, 0, 10_000)]


def test_what_is_acknowledged_is_in_the_log(databases: Databases):
    writer = LogWriter(databases.log)
    answer = writer.submit([entry("a"), entry("b"), entry("a")]).result(timeout=10)
    assert (answer.accepted, answer.duplicates) == (2, 1)
    assert stored(databases) == ["a", "b"]
    writer.close()


def test_requests_that_wait_together_are_answered_each_for_its_own(databases: Databases):
    writer = LogWriter(databases.log)
    answers: list[Future[Appended]] = [writer.submit([entry(f"e{n % 50}")]) for n in range(100)]
    wait(answers, timeout=30)
    assert sum(one.result().accepted for one in answers) == 50
    assert sum(one.result().duplicates for one in answers) == 50
    writer.close()


def test_where_nobody_writes_the_caller_does_on_its_own_thread(databases: Databases):
    writer = LogWriter(databases.log)
    assert [writer.append([entry(one)]).done() for one in "ab"] == [True, True]
    assert stored(databases) == ["a", "b"]
    writer.close()
    with pytest.raises(LogUnavailableError):
        writer.append([entry("late")])


def test_where_somebody_writes_the_caller_waits_for_its_turn(databases: Databases):
    with holding(databases) as (writer, release):
        mine = writer.append([entry("mine")])
        assert not mine.done()
        release.set()
        assert mine.result(timeout=10).accepted == 1


def test_nobody_is_called_for_decisions_alone(databases: Databases):
    called: list[list[str]] = []
    writer = LogWriter(databases.log, appended=lambda: called.append(stored(databases)))
    decision = replace(entry("d"), kind=DECISION)
    writer.append([decision])
    writer.append([decision, entry("e")])
    assert called == [["d", "e"]]
    writer.close()


def test_closing_writes_what_is_queued(databases: Databases):
    writer = LogWriter(databases.log)
    answers = [writer.submit([entry(f"e{n}")]) for n in range(200)]
    writer.close()
    assert all(one.done() for one in answers)
    assert len(stored(databases)) == 200
    with pytest.raises(LogUnavailableError):
        writer.submit([entry("late")])


def test_entries_and_quarantine_of_one_request_stand_or_fall_together(databases: Databases):
    writer = LogWriter(databases.log)
    with pytest.raises(LogUnavailableError):
        writer.submit([entry("a")], [held(BAD_TEXT)]).result(timeout=10)
    assert stored(databases) == []
    writer.submit([entry("a")], [held()]).result(timeout=10)
    with reading(databases.log) as connection:
        assert quarantine.get(connection, "Q-1") is not None
    assert stored(databases) == ["a"]
    writer.close()


def test_a_replayed_entry_is_settled_with_its_event(databases: Databases):
    writer = LogWriter(databases.log)
    writer.submit([], [held()]).result(timeout=10)
    settlement = Settlement(status=REPLAYED, at=NOON, actor="anna", reason="fixed")
    writer.submit([entry("a")], settled=[("Q-1", settlement)]).result(timeout=10)
    with reading(databases.log) as connection:
        kept = quarantine.get(connection, "Q-1")
    assert kept is not None
    assert kept.status == REPLAYED
    writer.close()


def test_a_request_that_no_database_takes_fails_alone(databases: Databases):
    with holding(databases) as (writer, release):
        good = [writer.submit([entry(f"e{n}")]) for n in range(3)]
        bad = writer.submit([entry(BAD_TEXT)])
        release.set()
        assert [one.result(timeout=10).accepted for one in good] == [1, 1, 1]
        with pytest.raises(LogUnavailableError):
            bad.result(timeout=10)


def test_a_full_queue_asks_to_come_back(databases: Databases):
    with holding(databases, capacity=4) as (writer, _):
        writer.submit([entry("a"), entry("b")])
        with pytest.raises(BackloggedError):
            writer.submit([entry("c"), entry("d")])


def test_a_caller_that_went_away_disturbs_nobody(databases: Databases):
    with holding(databases) as (writer, release):
        gone = writer.submit([entry("gone")])
        stays = writer.submit([entry("stays")])
        assert gone.cancel()
        release.set()
        assert stays.result(timeout=10).accepted == 1
    assert "gone" not in stored(databases)


def test_the_writer_goes_on_when_the_database_is_back(databases: Databases):
    failing = Event()
    failing.set()

    def refuse(_: Connection) -> None:
        if failing.is_set():
            raise FullDiskError("no space left on device")

    event.listen(databases.log, "commit", refuse)
    writer = LogWriter(databases.log)
    with pytest.raises(LogUnavailableError):
        writer.submit([entry("a")]).result(timeout=10)
    failing.clear()
    assert stored(databases) == []
    assert writer.submit([entry("a")]).result(timeout=10).accepted == 1
    writer.close()


def test_a_file_that_cannot_grow_refuses_the_request_and_the_writer_goes_on(tmp_path: Path):
    databases = open_databases(tmp_path, None)
    LOG.create_all(databases.log)

    def bound(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count=64")

    event.listen(databases.log, "begin", bound)
    writer = LogWriter(databases.log)
    with pytest.raises(LogUnavailableError):
        writer.submit([entry(f"e{n}", payload=b"x" * 4096) for n in range(100)]).result(timeout=10)
    assert writer.submit([entry("small")]).result(timeout=10).accepted == 1
    assert stored(databases) == ["small"]
    writer.close()
    databases.close()


class FullDiskError(ValueError):
    """A refusal at the moment of the commit, as a full disk gives."""


class holding:  # noqa: N801 - reads as a sentence
    """A writer whose first transaction waits until it is released."""

    def __init__(self, databases: Databases, *, capacity: int = 100) -> None:
        self.databases, self.capacity = databases, capacity

    def __enter__(self) -> tuple[LogWriter, Event]:
        self.release, begun = Event(), Event()

        def wait_first(_: Connection) -> None:
            begun.set()
            self.release.wait(10)

        event.listen(self.databases.log, "commit", wait_first)
        self.writer = LogWriter(self.databases.log, capacity=self.capacity)
        self.writer.submit([entry("first")])
        begun.wait(10)
        return self.writer, self.release

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self.writer.close()


def test_a_request_that_cannot_be_drafted_is_told_why_and_its_neighbours_are_written(
    databases: Databases,
):
    def broken() -> Draft:
        raise UnreadableError("no JSON")

    with holding(databases) as (writer, release):
        good = writer.submit_draft(lambda: Draft([entry("a")]), weight=1)
        bad = writer.submit_draft(broken, weight=1)
        release.set()
        assert good.result(timeout=10).accepted == 1
        with pytest.raises(UnreadableError, match="no JSON"):
            bad.result(timeout=10)
    assert "a" in stored(databases)


class UnreadableError(ValueError):
    """What drafting a request may raise."""
