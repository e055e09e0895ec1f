"""Decisions are found again, however many were taken since."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from controlplane.database import open_databases, writing
from governance.decision import stores
from governance.decision.stores import KeptDecision
from governance.tables import GOVERNANCE
from rules.decision import Decision

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def kept(offset: int, *, outcome: str, asked_by: str | None = None) -> KeptDecision:
    return KeptDecision(
        id=f"{offset:032}",
        at=NOON,
        process="quote-to-cash",
        instance="E-1",
        decision=Decision(ruleset="billing", version="1.0.0", outcome=outcome, evaluated=("r",)),
        offset=offset,
        asked_by=asked_by,
    )


def test_the_workers_last_decision_is_found_however_often_the_gate_was_asked_since(
    connection: Connection,
):
    answers = [kept(10 + at, outcome="clear", asked_by="erp") for at in range(20)]
    stores.append(connection, [kept(1, outcome="clear"), kept(2, outcome="blocked"), *answers])
    last = stores.latest_by(connection, "E-1", "billing")
    assert last is not None
    assert last.outcome == "blocked"


def test_what_the_gate_answered_since_is_not_looked_at_to_find_it(tmp_path: Path):
    databases = open_databases(tmp_path, None)
    GOVERNANCE.create_all(databases.state)
    with writing(databases.state) as connection:
        stores.append(connection, [kept(1, outcome="blocked")])
        few = steps(connection)
        answers = [kept(2 + at, outcome="clear", asked_by="erp") for at in range(300)]
        stores.append(connection, answers)
        assert steps(connection) == few
    databases.close()


def steps(connection: Connection) -> int:
    """Return how many instructions of SQLite it takes to find the worker's last decision."""
    taken: list[None] = []
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(lambda: taken.append(None), 1)
    stores.latest_by(connection, "E-1", "billing")
    driver.set_progress_handler(None, 0)
    return len(taken)
