"""
Goal 8: a decision of the gate, durable before its answer, against an endpoint that does nothing.

One caller, one connection, one request at a time; both are asked in turn, so that whatever
else the machine does falls on both.
"""

import http.client
import statistics
import time
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

import msgspec

from benchmarks import traffic, wire
from benchmarks.figure import Figure, compare
from benchmarks.installation import Installation, serving

REQUESTS = 400
WARM = 50
CASES = 20
RULESET = "billing-eligibility"
_JSON = {"content-type": "application/json"}
_WEEK = {
    "timesheet": "TS-gate",
    "timesheet_id": "TS-gate",
    "project_id": "P-gate",
    "role": "manager",
    "amount": {"amount": "6000.00", "currency": "GBP"},
}


def measure(installation: Installation, runs: int) -> list[Figure]:
    with serving(installation.copy()) as url:
        case = _furnished(url)
        asks = {
            "a case as it stands": {"case": case},
            "facts that are given": {"facts": [_WEEK]},
        }
        connection = _connected(url)
        return [
            compare(
                partial(_p50, connection, msgspec.json.encode(body)),
                goal=8 if name.startswith("a case") else None,
                name=f"gate p50, {name}",
                unit="ms",
                against="ms, an endpoint of the same server that does nothing",
                runs=runs,
                wanted=3.5,
                sense="at most",
            )
            for name, body in asks.items()
        ]


def _furnished(url: str) -> str:
    """Let the firm have some cases; return one that is without a rate."""
    wire.elapsed(url, "/v1/events", traffic.batches(CASES * 10, 100))
    wire.elapsed(url, "/v1/events", [msgspec.json.encode(traffic.unrated_week("G1"))])
    connection = _connected(url)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        connection.request("GET", "/health/ready")
        if not msgspec.json.decode(connection.getresponse().read())["worker_lag"]:
            return "E-G1"
        time.sleep(0.02)
    raise TimeoutError("the worker does not catch up")


def _p50(connection: http.client.HTTPConnection, body: bytes) -> tuple[float, float]:
    """Return the medians in milliseconds of the gate and of nothing."""
    path = f"/v1/decisions/{RULESET}"
    taken = [
        (
            _timed(lambda: _asked(connection, "POST", path, body)),
            _timed(lambda: _asked(connection, "GET", "/health/live")),
        )
        for _ in range(WARM + REQUESTS)
    ][WARM:]
    ours, theirs = zip(*taken, strict=True)
    return statistics.median(ours) * 1000, statistics.median(theirs) * 1000


def _asked(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None
) -> None:
    connection.request(method, path, body, _JSON)
    answer = connection.getresponse()
    told = answer.read()
    if answer.status >= 300:
        raise wire.AnswerError(f"{answer.status}: {told[:300].decode()}")


def _timed(run: Callable[[], None]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def _connected(url: str) -> http.client.HTTPConnection:
    split = urlsplit(url)
    return http.client.HTTPConnection(split.hostname or "", split.port or 80, timeout=60)
