"""
Goal 12: among 1,000,000 open clocks, 10,000 that fall due at once are found and fired.

Fired is: claimed, their cases folded and clocked anew, and committed. The lag of a clock is from
the sweep's entry to the commit that fired it. The claims alone are held against the same number
of raw updates in sqlite3.
"""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from benchmarks.figure import Figure, compare
from benchmarks.installation import Installation
from controlplane.consumer import Consumer
from controlplane.database import STATE_FILE, Databases, open_databases, writing
from controlplane.migrations import migrate
from controlplane.pipeline.deciding import Decider
from controlplane.pipeline.moment import Moment
from controlplane.pipeline.processing import SWEEP_LIMIT, Processing, process_sweep
from governance.document import Put, put_document
from governance.document import stores as documents
from observability.event import ProcessEvent, encode_event
from observability.log import stores as log
from observability.log.entry import EVENT, LogEntry
from observability.projection import clock_stores
from observability.tables import clock
from rules.decision import Decision, Fact
from rules.fact import FactType
from rules.instant import to_micros

OPEN, DUE = 1_000_000, 10_000
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=2)
MODEL = """
process: work
version: 1.0.0
title: Work
owner: desk
activities: [{activity: opened, events: [w.opened]}, {activity: closed, events: [w.closed]}]
start: [opened]
end: [closed]
keys: [job_id]
"""
SLA = """
sla: closed-in-time
version: 1.0.0
process: work
owner: desk
from: [opened]
to: [closed]
target: {hours: 1}
"""


class _Undecided(Decider):
    """No rule is asked: what rules cost is told by other figures."""

    def load(self, key: str, ruleset: str, fact_types: Mapping[str, FactType]) -> None: ...

    def decide(self, key: str, cases: Sequence[Sequence[Fact]]) -> list[Decision]:  # noqa: ARG002
        return []


def measure(installation: Installation, runs: int) -> list[Figure]:
    folder = installation.copy().parent / "clocks"
    folder.mkdir()
    databases = _full(folder)
    lags = _fire(databases)
    claims = compare(
        lambda: (_claim(databases), _raw(databases, folder)),
        goal=12,
        name="10,000 due of 1,000,000 open clocks found and claimed",
        unit="s",
        against="s, bare sqlite3",
        runs=runs,
        wanted=1.2,
        sense="at most",
    )
    databases.close()
    lag = Figure(
        goal=12,
        name="lag of the last of 100 of 10,000 clocks, judged and committed (p99)",
        unit="s",
        measured=lags,
        limit=2.0,
        against="s wished",
        ratio=lags / 2.0,
        wanted=1.0,
        sense="at most",
    )
    return [claims, lag]


def _full(folder: Path) -> Databases:
    """Return an installation with 10,000 cases whose clocks fall due, and clocks that do not."""
    databases = open_databases(folder, None)
    migrate(databases)
    with writing(databases.state) as connection:
        for kind, name, body in (("process", "work", MODEL), ("sla", "closed-in-time", SLA)):
            put = put_document(
                None,
                kind=kind,
                name=name,
                version="1.0.0",
                body=body,
                actor="bench",
                at=NOON,
                activate=True,
            )
            if isinstance(put, Put):
                documents.save(connection, put)
    with writing(databases.log) as connection:
        log.append(connection, [_opened(number) for number in range(DUE)])
    consumer = Consumer(databases, Processing(_Undecided()))
    while consumer.step(500):
        pass
    _others(folder)
    return databases


def _opened(number: int) -> LogEntry:
    event = ProcessEvent(
        source="urn:bench",
        id=f"o-{number}",
        type="w.opened",
        occurred_at=NOON,
        sequence=number,
        data={"job_id": f"J-{number}"},
    )
    payload = encode_event(event)
    return LogEntry(kind=EVENT, source=event.source, id=event.id, at=NOON, payload=payload)


def _others(folder: Path) -> None:
    """Clocks like those that stand, of cases that nobody will look at, due next year."""
    names = [column.name for column in clock.columns]
    changed = {
        "id": "printf('%032x', n)",
        "instance": "printf('x%031x', n)",
        "due_at": str(to_micros(NOON + timedelta(days=365))),
        "next_at": f"{to_micros(NOON + timedelta(days=365))} + n",
    }
    values = ", ".join(changed.get(name, f'"{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    connection = sqlite3.connect(folder / STATE_FILE)
    connection.execute(
        f"WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < {OPEN - DUE}) "  # noqa: S608, E501 - names of ours
        f"INSERT INTO clock ({listed}) SELECT {values} FROM more, (SELECT * FROM clock LIMIT 1)"
    )
    connection.commit()
    connection.execute("ANALYZE")
    connection.close()


def _fire(databases: Databases) -> float:
    """Let a sweep fire what is due; return the p99 lag in seconds."""
    processing = Processing(_Undecided())
    moment = Moment(at=LATER, noticed_at=LATER, offset=DUE + 1)
    lags: list[float] = []
    begun = time.perf_counter()
    more = True
    while more:
        with writing(databases.state) as state:
            more = process_sweep(state, processing, moment)
        lags += [time.perf_counter() - begun] * (SWEEP_LIMIT if more else 0)
    if len(lags) < DUE:
        raise AssertionError(f"{len(lags)} of {DUE} clocks were fired")
    return quantiles(lags, n=100)[98]


def _claim(databases: Databases) -> float:
    """Return the CPU seconds of finding and claiming 10,000 clocks, in pieces of a sweep."""
    _arm(databases)
    begun = time.process_time()
    for _ in range(DUE // SWEEP_LIMIT):
        with writing(databases.state) as state:
            clock_stores.claim(state, at=LATER, limit=SWEEP_LIMIT)
    return time.process_time() - begun


_CLAIM = "UPDATE clock SET next_at = NULL WHERE id = ?"
_DUE = "SELECT * FROM clock WHERE next_at <= ? ORDER BY next_at, id LIMIT ?"


def _raw(databases: Databases, folder: Path) -> float:
    """Return the CPU seconds of the same reads and writes in bare sqlite3."""
    _arm(databases)
    connection = sqlite3.connect(folder / STATE_FILE, isolation_level=None)
    begun = time.process_time()
    for _ in range(DUE // SWEEP_LIMIT):
        connection.execute("BEGIN IMMEDIATE")
        rows = connection.execute(_DUE, (to_micros(LATER), SWEEP_LIMIT)).fetchall()
        connection.executemany(
            "UPDATE clock SET next_at = NULL WHERE id = ?", [r[:1] for r in rows]
        )
        connection.execute("COMMIT")
    took = time.process_time() - begun
    connection.close()
    return took


def _arm(databases: Databases) -> None:
    """Let the 10,000 clocks of cases be due again."""
    with writing(databases.state) as connection:
        due = clock.update().where(clock.c.due_at < to_micros(LATER))
        connection.execute(due.values(next_at=to_micros(LATER)))
