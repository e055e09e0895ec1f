"""
Goal 5: from sending an event to its exception being readable, at half of what the program takes.

Against the same load on an endpoint that processes before it answers (`inline`).
"""

import statistics
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from threading import Event, Thread

import httpx
import msgspec

from benchmarks import traffic
from benchmarks.figure import Figure, compare
from benchmarks.installation import Installation, process, serving
from controlplane.database import open_databases, reading

PROBES = 100
BATCH = 25
CALIBRATION = 2_000
PAUSE_SECONDS = 0.002
LOOK_SECONDS = 0.02  # how long is left is asked over HTTP, of the program that is measured
PATIENCE_SECONDS = 60.0
_BATCHES = {"content-type": "application/cloudevents-batch+json"}
_READABLE = (
    "SELECT 1 FROM process_exception WHERE rule = 'approved-time-without-rate' AND occurrence = ?"
)
_cases = count(1)


def measure(installation: Installation, runs: int) -> list[Figure]:
    rate = _capacity(installation.copy()) / 2

    def run() -> tuple[float, float]:
        return _end_to_end(installation.copy(), rate), _inline(installation.copy(), rate)

    return [
        compare(
            run,
            goal=5,
            name=f"event to readable exception, p99 at {rate:,.0f} events/s",
            unit="ms",
            against="ms, processed before the answer",
            runs=runs,
            wanted=1.0,
            sense="at most",
        )
    ]


def _capacity(folder: Path) -> float:
    """Return how many events a second the running program takes from HTTP to state."""
    first, *bodies = traffic.batches(CALIBRATION + BATCH, BATCH)
    with serving(folder) as url, httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        _take(client, [first])  # its worker starts after the API, and loads its rules
        begun = time.perf_counter()
        _take(client, bodies)
        return CALIBRATION / (time.perf_counter() - begun)


def _take(client: httpx.Client, bodies: Sequence[bytes]) -> None:
    """Post *bodies* and wait until all of them is state."""
    for body in bodies:
        client.post("/v1/events", content=body, headers=_BATCHES).raise_for_status()
    while client.get("/health/ready").json()["worker_lag"]:
        time.sleep(LOOK_SECONDS)


def _end_to_end(folder: Path, rate: float) -> float:
    databases = open_databases(folder, None, read_only=True)

    def readable(timesheet: str) -> bool:
        with reading(databases.state) as connection:
            return connection.exec_driver_sql(_READABLE, (timesheet,)).first() is not None

    with serving(folder) as url:
        found = _p99(url, rate, readable)
    databases.close()
    return found


def _inline(folder: Path, rate: float) -> float:
    environment = {"CONTROLPLANE_DATA_DIR": str(folder)}
    with process("benchmarks.inline", environment=environment, ready="/ready") as url:
        return _p99(url, rate, lambda _: True)


def _p99(url: str, rate: float, readable: Callable[[str], bool]) -> float:
    """Return the 99th percentile in milliseconds of `PROBES` events amid *rate* events/s."""
    stop = Event()
    beside = Thread(target=_load, args=(url, rate, stop))
    try:
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
            _probe(client, readable)  # the start of a program is no latency of it
            beside.start()
            taken = [_probe(client, readable) for _ in range(PROBES)]
    finally:
        stop.set()
        if beside.ident:
            beside.join()
    return statistics.quantiles(taken, n=100)[98] * 1000


def _probe(client: httpx.Client, readable: Callable[[str], bool]) -> float:
    case = f"L{next(_cases)}"
    body = msgspec.json.encode(traffic.unrated_week(case))
    begun = time.perf_counter()
    client.post("/v1/events", content=body, headers=_BATCHES).raise_for_status()
    while not readable(f"TS-{case}-0"):
        if time.perf_counter() - begun > PATIENCE_SECONDS:
            raise TimeoutError(case)
        time.sleep(PAUSE_SECONDS)
    return time.perf_counter() - begun


def _load(url: str, rate: float, stop: Event) -> None:
    """Post batches at *rate* events a second until *stop* is set."""
    due = time.perf_counter()
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        while not stop.is_set():
            body = traffic.batches(BATCH, BATCH)[0]
            client.post("/v1/events", content=body, headers=_BATCHES).raise_for_status()
            due += BATCH / rate
            stop.wait(max(0.0, due - time.perf_counter()))
