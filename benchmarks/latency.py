"""
Goal 5: from sending an event to its exception being readable, at half of what the program takes.

Against the same load on an endpoint that processes before it answers (`inline`).
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
    with _served(installation.copy()) as (url, readable), _inline(installation.copy()) as inline:

        def run() -> tuple[float, float]:
            rate = _capacity(url) / 2
            return _p99(url, rate, readable), _p99(inline, rate, lambda _: True)

        return [
            compare(
                run,
                goal=5,
                name="event to readable exception, p99 at half load",
                unit="ms",
                against="ms, processed before the answer",
                runs=runs,
                wanted=1.0,
                sense="at most",
            )
        ]


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, Callable[[str], bool]]]:
    """Run the program; yield its address, and whether the exception of a timesheet is readable."""
    databases = open_databases(folder, None, read_only=True)

    def readable(timesheet: str) -> bool:
        with reading(databases.state) as connection:
            return connection.exec_driver_sql(_READABLE, (timesheet,)).first() is not None

    with serving(folder) as url:
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
            _take(client, traffic.batches(BATCH, BATCH))  # its worker starts after the API
        yield url, readable
    databases.close()


@contextmanager
def _inline(folder: Path) -> Iterator[str]:
    environment = {"CONTROLPLANE_DATA_DIR": str(folder)}
    with process("benchmarks.inline", environment=environment, ready="/ready") as url:
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
            _probe(client, lambda _: True)  # it loads its rules with the first event
        yield url


def _capacity(url: str) -> float:
    """Return how many events a second the running program takes from HTTP to state."""
    bodies = traffic.batches(CALIBRATION, BATCH)
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        begun = time.perf_counter()
        _take(client, bodies)
        return CALIBRATION / (time.perf_counter() - begun)


def _take(client: httpx.Client, bodies: Sequence[bytes]) -> None:
    """Post *bodies* and wait until all of them is state."""
    for body in bodies:
        client.post("/v1/events", content=body, headers=_BATCHES).raise_for_status()
    while client.get("/health/ready").json()["worker_lag"]:
        time.sleep(LOOK_SECONDS)


def _p99(url: str, rate: float, readable: Callable[[str], bool]) -> float:
    """Return the 99th percentile in milliseconds of `PROBES` events amid *rate* events/s."""
    stop = Event()
    beside = Thread(target=_load, args=(url, rate, stop))
    beside.start()
    try:
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
            taken = [_probe(client, readable) for _ in range(PROBES)]
    finally:
        stop.set()
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
