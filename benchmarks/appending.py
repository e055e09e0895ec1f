"""Goal 4: the log's append, against bare sqlite3 on the same tables and pragmas."""

import sqlite3
import time
from pathlib import Path

from benchmarks import traffic
from benchmarks.figure import Figure, compare
from benchmarks.installation import Installation
from controlplane.database import LOG_FILE, open_databases, writing
from observability.log import stores as log
from observability.log.entry import EVENT, LogEntry
from rules.instant import to_micros

EVENTS = 20_000
BATCH = 100
_INSERT = (
    "INSERT INTO log_entry (kind, source, id, at, payload) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)
_serial = 0


def measure(installation: Installation, runs: int) -> list[Figure]:
    def run() -> tuple[float, float]:
        entries = _entries()
        return EVENTS / _ours(installation.copy(), entries), EVENTS / _bare(
            installation.copy(), entries
        )

    return [
        compare(
            run,
            goal=4,
            name="append to the log, batches of 100, synchronous=FULL",
            unit="events/s",
            against="sqlite3 alone",
            runs=runs,
            wanted=0.75,
        )
    ]


def _ours(folder: Path, entries: list[list[LogEntry]]) -> float:
    databases = open_databases(folder, None)
    begun = time.perf_counter()
    for batch in entries:
        with writing(databases.log) as connection:
            log.append(connection, batch)
    took = time.perf_counter() - begun
    databases.close()
    return took


def _bare(folder: Path, entries: list[list[LogEntry]]) -> float:
    connection = sqlite3.connect(folder / LOG_FILE, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA wal_autocheckpoint=10000")
    rows = [
        [(one.kind, one.source, one.id, to_micros(one.at), one.payload) for one in batch]
        for batch in entries
    ]
    begun = time.perf_counter()
    for batch in rows:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_INSERT, batch)
        connection.execute("COMMIT")
    took = time.perf_counter() - begun
    connection.close()
    return took


def _entries() -> list[list[LogEntry]]:
    global _serial  # noqa: PLW0603 - every run appends what the log has not seen
    _serial += 1
    payload = traffic.batches(1, 1)[0]
    return [
        [
            LogEntry(
                kind=EVENT,
                source="urn:bench",
                id=f"{_serial}-{number}",
                at=traffic.BEGIN,
                payload=payload,
            )
            for number in range(at, at + BATCH)
        ]
        for at in range(0, EVENTS, BATCH)
    ]
