"""
Goal 11: what the screens ask, over HTTP, against the same reckoned from its events.

The firm is of the size that `--events` says; the processes are the one with the most events and
the one whose exceptions hold money up. `benchmarks.screens` lists all that is asked.
"""

import sqlite3
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx

from benchmarks.figure import Figure
from benchmarks.installation import Installation, serving
from benchmarks.moving import move
from benchmarks.multiplying import multiply
from benchmarks.screens import asked
from controlplane.database import STATE_FILE
from controlplane.simulator.history import backfill, past
from controlplane.simulator.lists import hand_in

EVENTS = 200_000
DAYS = 140
SEED = 7
POSTGRESQL: str | None = None
"""The address of an empty database in which the same is asked again."""
PROMISED_AT = 5_000_000  # of fewer events nothing is promised against reading them
LIMIT_SECONDS = 0.1
SETTLED_SECONDS = 600.0
WHOLE = "quote-to-cash"
"""Whose exceptions hold most money up."""
_STEPS = """\
SELECT activity, following, count(*), avg(gap) FROM (
  SELECT activity,
    lead(activity) OVER w AS following, lead(occurred_at) OVER w - occurred_at AS gap
  FROM case_event WHERE process = ?
  WINDOW w AS (PARTITION BY instance ORDER BY occurred_at, sequence, event_id, source))
GROUP BY activity, following"""
_CASES = """\
SELECT last - first, events FROM (
  SELECT min(occurred_at) AS first, max(occurred_at) AS last, count(*) AS events
  FROM case_event WHERE process = ? GROUP BY instance) ORDER BY 1"""
_BUSIEST = "SELECT process FROM rollup WHERE measure = 'step' GROUP BY process ORDER BY sum(n) DESC"


def measure(installation: Installation, runs: int) -> list[Figure]:
    folder = firm(installation, EVENTS)
    process, limits = _from_events(folder / STATE_FILE)
    processes = tuple(dict.fromkeys((process, WHOLE)))
    wanted = 0.01 if EVENTS >= PROMISED_AT else None
    found = []
    for name, took in _answers(folder, processes, runs):
        found.append(_allowed(f"{name}, of {EVENTS:,} events", took))
        if name in limits:
            limit = limits[name]
            found.append(_figure(name, min(took), limit, "from the events", wanted))
    if POSTGRESQL is not None:
        move(folder, POSTGRESQL)
        for name, took in _answers(folder, processes, runs, POSTGRESQL):
            found.append(_allowed(f"{name}, of {EVENTS:,} events in PostgreSQL", took))
    return found


def _answers(
    folder: Path, processes: tuple[str, ...], runs: int, database_url: str | None = None
) -> Iterator[tuple[str, list[float]]]:
    """Yield what the screens ask of the firm in *folder*, and the seconds of each answer."""
    serves = serving(folder, "--no-worker", database_url=database_url)
    with serves as url, httpx.Client(base_url=url, timeout=60) as client:
        for name, path in asked(client, processes):
            yield name, _asked(client, path, runs)


def _allowed(name: str, took: list[float]) -> Figure:
    return _figure(name, statistics.median(took), LIMIT_SECONDS, "allowed", 1.0)


def firm(installation: Installation, events: int) -> Path:
    """Return a folder with the state of a firm that has reported *events*."""
    folder = installation.copy()
    with serving(folder) as url, httpx.Client(base_url=url, timeout=60) as client:
        truth = folder / "truth.jsonl"
        backfill(client, past(SEED, datetime.now(UTC), DAYS), truth)
        _settled(client)
        client.post("/v1/sweeps").raise_for_status()
        _settled(client)
        hand_in(client, truth)
        _settled(client)
    multiply(folder / STATE_FILE, events)
    return folder


def _settled(client: httpx.Client) -> None:
    deadline = time.monotonic() + SETTLED_SECONDS
    while client.get("/health/ready").json()["worker_lag"]:
        if time.monotonic() > deadline:
            raise RuntimeError("the worker does not catch up")
        time.sleep(0.2)


def _from_events(state: Path) -> tuple[str, dict[str, float]]:
    """Return the busiest process, and the seconds in which its events answer."""
    connection = sqlite3.connect(f"file:{state}?mode=ro", uri=True)
    connection.execute("PRAGMA cache_size=-65536")
    (process,) = connection.execute(_BUSIEST).fetchone()
    found = {}
    for name, query in (("flow", _STEPS), ("health, all time", _CASES)):
        begun = time.perf_counter()
        connection.execute(query, (process,)).fetchall()
        found[f"{name} of {process}"] = time.perf_counter() - begun
    connection.close()
    return process, found


def _asked(client: httpx.Client, path: str, runs: int) -> list[float]:
    """Return the seconds of each of *runs* answers, after one that warms up."""
    taken = []
    for _ in range(runs + 1):
        begun = time.perf_counter()
        client.get(path).raise_for_status()
        taken.append(time.perf_counter() - begun)
    return taken[1:]


def _figure(name: str, took: float, limit: float, against: str, wanted: float | None) -> Figure:
    return Figure(
        goal=11,
        name=name,
        unit="ms",
        measured=took * 1000,
        limit=limit * 1000,
        against=f"ms {against}",
        ratio=took / limit,
        wanted=wanted,
        sense="at most",
    )
