"""Whatever is done to the stored ledger behind the program's back is found."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from controlplane.database import Databases, reading
from governance.ledger import Sealed, seal, stores
from governance.ledger.audit import Audit, audit, leaf_of
from governance.ledger.checkpoint import Checkpoint
from governance.ledger.entry import LedgerEntry
from governance.ledger.merkle import root_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LENGTH = 60
FLIPPED = ("actor", "action", "subject", "detail", "previous", "hash")


def told(actor: str = "ada", length: int = LENGTH) -> list[Sealed]:
    entries: list[LedgerEntry] = []
    for number in range(length):
        entries.append(
            seal(
                entries[-1] if entries else None,
                actor=actor,
                action="contract:version:published",
                subject=f"ps.subject-{number}",
                detail={"version": "1.0.0", "money": {"amount": str(number), "currency": "EUR"}},
                at=NOON + timedelta(seconds=number),
            )
        )
    return [entry.sealed for entry in entries]


def checkpoint(entries: list[Sealed]) -> Checkpoint:
    leaves = [leaf_of(entry.hash) for entry in entries]
    return Checkpoint(size=len(leaves), root=root_of(leaves).hex(), at=NOON)


WHOLE = told()
KEPT = [checkpoint(WHOLE[:20]), checkpoint(WHOLE[:50])]


def test_what_nobody_touched_holds():
    done = audit(WHOLE, KEPT)
    assert done.holds
    assert (done.entries, done.checkpoints, done.sealed) == (LENGTH, 2, 50)
    assert done.root == checkpoint(WHOLE).root


def test_two_hundred_flipped_bytes_are_found_each_where_it_is():
    drawn = Random(20_261_121)
    for _ in range(200):
        place, field = drawn.randrange(LENGTH), drawn.choice((*FLIPPED, "at", "number"))
        entry = WHOLE[place]
        value = getattr(entry, field)
        if isinstance(value, int):
            changed: object = value ^ (1 << drawn.randrange(40))
        else:
            stored = bytearray(value.encode())
            stored[drawn.randrange(len(stored))] ^= 1 << drawn.randrange(7)
            changed = stored.decode()
        altered = [*WHOLE[:place], replace(entry, **{field: changed}), *WHOLE[place + 1 :]]
        found = audit(altered, KEPT).broken
        assert found is not None, (place, field)
        assert found.number == place + 1, (place, field)


@pytest.mark.parametrize(
    ("change", "number"),
    [
        (lambda e: [*e[:9], *e[10:]], 10),
        (lambda e: e[1:], 1),
        (lambda e: [*e[:9], e[10], e[9], *e[11:]], 10),
        (lambda e: [*e[:9], e[3], *e[9:]], 10),
        (lambda e: [replace(e[0], number=0), *e], 1),
    ],
    ids=["deleted", "beginning deleted", "reordered", "inserted", "inserted before all"],
)
def test_what_is_taken_out_moved_or_put_in_is_found(
    change: Callable[[list[Sealed]], list[Sealed]], number: int
):
    assert audit(change(WHOLE), []).broken.number == number


def test_an_end_that_was_cut_off_shows_against_a_checkpoint_only():
    assert audit(WHOLE[:45], []).holds
    found = audit(WHOLE[:45], KEPT).broken
    assert found.because == "a checkpoint has seen 50 entries, there are 45"


def test_a_chain_written_anew_as_a_whole_shows_against_a_checkpoint_only():
    anew = told(actor="eve")
    assert audit(anew, []).holds
    found = audit(anew, KEPT).broken
    assert found.because == "the first 20 entries are not those that a checkpoint has seen"


def test_checkpoints_that_contradict_each_other_never_hold():
    assert not audit(WHOLE, [*KEPT, checkpoint(told(actor="eve")[:20])]).holds


def stored(databases: Databases) -> Audit:
    with reading(databases.state) as connection:
        return audit(stores.walk(connection), [])


def test_a_row_that_is_no_text_any_more_is_a_break_and_no_crash(databases: Databases):
    with databases.state.begin() as connection:
        for number in range(3):
            stores.append(
                connection, actor=f"a{number}", action="a:b:c", subject="s", detail={}, at=NOON
            )
    assert stored(databases).holds
    harm = "UPDATE ledger SET detail = 'not JSON' WHERE number = 2"
    if databases.state.dialect.name == "sqlite":
        harm = "UPDATE ledger SET detail = CAST(x'ff' AS TEXT) WHERE number = 2"
    with databases.state.begin() as connection:
        connection.execute(text(harm))
    found = stored(databases)
    assert not found.holds


def test_a_row_below_the_first_number_is_found(databases: Databases):
    with databases.state.begin() as connection:
        stores.append(connection, actor="a", action="a:b:c", subject="s", detail={}, at=NOON)
        connection.execute(
            text(
                "INSERT INTO ledger (number, at, actor, action, subject, detail, previous, hash) "
                "SELECT 0, at, actor, action, subject, detail, previous, hash FROM ledger"
            )
        )
    assert stored(databases).broken.number == 1
