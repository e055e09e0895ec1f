"""What was read of the state is read again when the worker has come further, and not before."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from controlplane.kept import Kept
from observability.projection import progress_stores
from observability.projection.progress_stores import WORKER, Reached

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def applied(connection: Connection, offset: int, pieces: int = 0) -> None:
    now = Reached(offset=offset, pieces=pieces)
    progress_stores.keep(connection, WORKER, now, at=NOON)


def test_what_was_read_is_good_until_something_is_applied(connection: Connection):
    kept, answers = Kept(), iter(range(9))

    def asked() -> int:
        return kept.at(connection).once("invoiced", lambda: next(answers))

    assert [asked(), asked()] == [0, 0]  # nothing was ever applied
    applied(connection, 7)
    assert [asked(), asked()] == [1, 1]
    applied(connection, 7, pieces=1)  # a part of what comes next
    assert [asked(), asked()] == [2, 2]


def test_who_began_before_keeps_nothing_for_those_who_see_more(connection: Connection):
    kept = Kept()
    before = kept.at(connection)
    applied(connection, 7)
    after = kept.at(connection)
    before.keep("invoiced", 100)
    assert after.once("invoiced", lambda: 200) == 200
    assert kept.at(connection).once("invoiced", lambda: 300) == 200
