"""
Goal 5: from sending an event to its exception being readable, at half of what the program takes.

Against the same load on an endpoint that processes before it answers (`inline`), which knows
as many cases. Neither is spared by being slow: the load is sent when it is due.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event

import httpx
import msgspec

from benchmarks import traffic
from benchmarks.figure import Figure, compare
from benchmarks.installation import Installation, process, serving
from controlplane.database import open_databases, reading

PROBES = 100
TURNS = 4  # of the two designs in one run: whatever else the machine does meets both
BATCH = 25
CALIBRATION = 1_000
CONNECTIONS = 8
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
            bodies = traffic.batches(CALIBRATION, BATCH)
            rate = CALIBRATION / _seconds(url, bodies, _until_state) / 2
            _seconds(inline, bodies, lambda _: None)
            ours: list[float] = []
            theirs: list[float] = []
            for _ in range(TURNS):
                ours += _probed(url, rate, readable)
                _seconds(url, [], _until_state)
                theirs += _probed(inline, rate, lambda _: True)
            return _p99(ours), _p99(theirs)

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
        _seconds(
            url, traffic.batches(BATCH, BATCH), _until_state
        )  # its worker starts after the API
        yield url, readable
    databases.close()


@contextmanager
def _inline(folder: Path) -> Iterator[str]:
    environment = {"CONTROLPLANE_DATA_DIR": str(folder)}
    with process("benchmarks.inline", environment=environment, ready="/ready") as url:
        _seconds(url, traffic.batches(BATCH, BATCH), lambda _: None)  # it loads its rules
        yield url


def _seconds(url: str, bodies: Sequence[bytes], done: Callable[[httpx.Client], None]) -> float:
    """Return the seconds in which *bodies* are posted, one after the other, and *done*."""
    with _client(url) as client:
        begun = time.perf_counter()
        for body in bodies:
            client.post("/v1/events", content=body, headers=_BATCHES).raise_for_status()
        done(client)
        return time.perf_counter() - begun


def _until_state(client: httpx.Client) -> None:
    """Wait until all that was acknowledged is state."""
    while client.get("/health/ready").json()["worker_lag"]:
        time.sleep(LOOK_SECONDS)


def _p99(seconds: Sequence[float]) -> float:
    """Return the 99th percentile of *seconds* in milliseconds."""
    return statistics.quantiles(seconds, n=100)[98] * 1000


def _probed(url: str, rate: float, readable: Callable[[str], bool]) -> list[float]:
    """Return the seconds that each probe of a turn took amid *rate* events/s."""
    stop = Event()
    with ThreadPoolExecutor(1) as beside, _client(url) as client:
        load = beside.submit(_load, url, rate, stop)
        try:
            return [_probe(client, readable) for _ in range(PROBES // TURNS)]
        finally:
            stop.set()
            load.result()


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
    """Post batches at *rate* events a second until *stop* is set, however slow the answers are."""
    posted: list[Future[httpx.Response]] = []
    due = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as beside, _client(url) as client:
        while not stop.wait(max(0.0, due - time.perf_counter())):
            (body,) = traffic.batches(BATCH, BATCH)
            posted.append(beside.submit(client.post, "/v1/events", content=body, headers=_BATCHES))
            due += BATCH / rate
        beside.shutdown(cancel_futures=True)
    for one in posted:
        if not one.cancelled():
            one.result().raise_for_status()


def _client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, trust_env=False, timeout=60)
