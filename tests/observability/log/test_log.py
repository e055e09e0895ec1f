from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Thread

from sqlalchemy import Connection

from controlplane.database import Databases, reading, writing
from observability.log import stores as log
from observability.log.entry import LogEntry

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def entries(*ids: str, source: str = "urn:psa", at: datetime = NOON) -> list[LogEntry]:
    return [
        LogEntry(kind="event", source=source, id=id_, at=at, payload=id_.encode()) for id_ in ids
    ]


def whole_log(databases: Databases) -> list[LogEntry]:
    with reading(databases.log) as connection:
        return log.read(connection, 0, 10_000)


def append(databases: Databases, entries: Sequence[LogEntry]) -> tuple[int, int]:
    with writing(databases.log) as connection:
        appended = log.append(connection, entries)
    return appended.accepted, appended.duplicates


def test_entries_are_read_in_the_order_in_which_they_were_appended(databases: Databases):
    append(databases, entries("c", "a", "b"))
    read = whole_log(databases)
    assert [entry.id for entry in read] == ["c", "a", "b"]
    assert [entry.offset for entry in read] == sorted(entry.offset for entry in read)
    assert {entry.at for entry in read} == {NOON}


def test_an_entry_sent_again_is_a_duplicate_and_keeps_its_first_payload(databases: Databases):
    assert append(databases, entries("a")) == (1, 0)
    assert append(databases, entries("a", "b", "b", at=NOON + timedelta(days=1))) == (1, 2)
    assert [entry.at for entry in whole_log(databases)] == [NOON, NOON + timedelta(days=1)]


def test_the_same_id_from_another_source_is_another_event(databases: Databases):
    assert append(databases, entries("a") + entries("a", source="urn:erp")) == (2, 0)


def test_each_of_several_requests_learns_what_became_of_its_own_entries(databases: Databases):
    with writing(databases.log) as connection:
        log.append(connection, entries("known"))
        answers = log.append_all(
            connection, [entries("a", "known"), entries("a", "b"), entries(), entries("c")]
        )
        last = log.last_offset(connection)
    assert [(a.accepted, a.duplicates) for a in answers] == [(1, 1), (1, 1), (0, 0), (1, 0)]
    assert {a.last_offset for a in answers} == {last}


def test_a_reader_continues_behind_the_offset_it_has_seen(databases: Databases):
    append(databases, entries("a", "b", "c"))
    with reading(databases.log) as connection:
        first = log.read(connection, 0, 2)
        rest = log.read(connection, first[-1].offset, 2)
    assert [entry.id for entry in first + rest] == ["a", "b", "c"]


def test_payloads_are_found_by_offset_and_unknown_offsets_are_left_out(databases: Databases):
    append(databases, entries(*(f"e{n}" for n in range(1200))))
    offsets = [entry.offset for entry in whole_log(databases)]
    with reading(databases.log) as connection:
        found = log.payloads(connection, [*offsets, 10_000_000])
    assert found[offsets[0]] == b"e0"
    assert len(found) == 1200


def test_an_empty_log_ends_at_zero(databases: Databases):
    with reading(databases.log) as connection:
        assert log.last_offset(connection) == 0
        assert log.read(connection, 0, 10) == []


def test_a_reader_never_sees_an_offset_before_all_smaller_ones_have_committed(
    databases: Databases,
):
    """Two appenders at once: the second waits until the first has committed."""

    def second() -> None:
        append(databases, entries("second"))

    thread = Thread(target=second)
    with writing(databases.log) as connection:
        log.append(connection, entries("first"))
        thread.start()
        thread.join(timeout=0.2)
        assert thread.is_alive()
        assert seen_by_others(databases) == []
    thread.join()
    assert seen_by_others(databases) == ["first", "second"]


def seen_by_others(databases: Databases) -> list[str]:
    with reading(databases.log) as connection:
        return ids(connection)


def ids(connection: Connection) -> list[str]:
    return [entry.id for entry in log.read(connection, 0, 10)]
