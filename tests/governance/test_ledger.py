from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from controlplane.database import Databases
from governance.ledger import LedgerEntry, Sealed, seal, stores
from governance.ledger.audit import audit
from governance.ledger.entry import break_between
from governance.ledger_guard import statements, undoing

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def chain(length: int = 5) -> list[Sealed]:
    return [entry.sealed for entry in entries_of(length)]


def entries_of(length: int) -> list[LedgerEntry]:
    entries: list[LedgerEntry] = []
    for number in range(length):
        entries.append(
            seal(
                entries[-1] if entries else None,
                actor="ada",
                action="contract:version:published",
                subject=f"ps.subject-{number}",
                detail={"version": "1.0.0", "b": number, "a": None},
                at=NOON + timedelta(seconds=number),
            )
        )
    return entries


def test_an_untouched_chain_holds():
    assert audit(chain(), []).broken is None
    assert audit([], []).broken is None


def test_an_entry_follows_the_one_before_it():
    entries = chain()
    assert break_between(entries[2], entries[3]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "eve"},
        {"action": "contract:version:retired"},
        {"subject": "other"},
        {"detail": '{"version":"2.0.0"}'},
        {"at": 1},
        {"hash": "0" * 64},
    ],
)
def test_an_altered_entry_is_found(change: dict[str, object]):
    entries = chain()
    entries[2] = replace(entries[2], **change)
    assert audit(entries, []).broken.number == 3


def test_an_entry_sealed_anew_breaks_at_the_next_one():
    entries = entries_of(5)
    entries[2] = seal(entries[1], actor="eve", action="x:y:z", subject="s", detail={}, at=NOON)
    assert audit((entry.sealed for entry in entries), []).broken.number == 4


def test_a_removed_a_moved_and_an_inserted_entry_are_found():
    entries = chain()
    assert audit(entries[:2] + entries[3:], []).broken.because == "entry 3 is missing"
    assert audit([entries[0], entries[2], entries[1], *entries[3:]], []).broken.number == 2
    assert audit([*entries[:2], entries[1], *entries[2:]], []).broken.number == 3


def test_what_is_appended_is_read_back_and_holds(connection: Connection):
    for number in range(3):
        stores.append(
            connection,
            actor="ada" if number else "bo",
            action="team:finance:put" if number else "contract:ps.a:registered",
            subject="finance" if number else "ps.a",
            detail={"digest": "é", "number": number},
            at=NOON,
        )
    assert audit(stores.walk(connection), []).broken is None
    assert stores.last(connection).number == 3

    def found(**wanted: object) -> list[int]:
        return [entry.number for entry in stores.find_entries(connection, **wanted)]

    assert found() == [3, 2, 1]
    assert found(subject="ps.a") == [1]
    assert found(actor="ada") == [3, 2]
    assert found(action="team") == [3, 2]
    assert found(action="team:finance:put", limit=1) == [3]
    assert found(before=3, limit=1) == [2]


def test_the_database_refuses_to_change_the_ledger(databases: Databases):
    with databases.state.begin() as connection:
        for statement in statements(connection.dialect.name):
            connection.execute(text(statement))
        stores.append(connection, actor="a", action="a:b:c", subject="s", detail={}, at=NOON)
    for statement in ("UPDATE ledger SET actor = 'eve'", "DELETE FROM ledger"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            databases.state.begin() as connection,
        ):
            connection.execute(text(statement))
    with databases.state.begin() as connection:
        for statement in undoing(connection.dialect.name):
            connection.execute(text(statement))
        connection.execute(text("DELETE FROM ledger"))
        assert stores.last(connection) is None
