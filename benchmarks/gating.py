"""
Goal 8: a decision of the gate, durable before its answer, against an endpoint that does nothing.

The endpoint is one of the same server, behind the same middleware. One caller, one connection,
one request at a time; both are asked in turn, so that whatever else the machine does falls on
both. A case as it stands was decided by the worker on the same facts, and no rule is asked;
with a fact more, and of facts alone, every rule is.
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
TOGETHER = (10, 50)
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
            "a case with a fact more": {"case": case, "facts": [_WEEK]},
            "facts that are given": {"facts": [_WEEK]},
        }
        connection = _connected(url)
        alone = [
            compare(
                partial(_p50, connection, msgspec.json.encode(body)),
                goal=8,
                name=f"gate p50, {name}",
                unit="ms",
                against="ms, an endpoint of the same server that does nothing",
                runs=runs,
                wanted=3.5,
                sense="at most",
            )
            for name, body in asks.items()
        ]
        return alone + [
            compare(
                partial(_p99, url, msgspec.json.encode(body), together),
                goal=None,
                name=f"gate p99, {together} at once, {name}",
                unit="ms",
                against="ms, the endpoint that does nothing",
                runs=runs,
            )
            for name, body in asks.items()
            for together in TOGETHER
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


def _p99(url: str, body: bytes, together: int) -> tuple[float, float]:
    """Return what one request in a hundred takes, in milliseconds, of the gate and of nothing."""
    ours = wire.answered(url, f"/v1/decisions/{RULESET}", [body] * REQUESTS, connections=together)
    theirs = wire.answered(url, "/health/live", [b""] * REQUESTS, connections=together)
    mine, other = (sorted(took for took, _ in one.each) for one in (ours, theirs))
    return mine[REQUESTS * 99 // 100] * 1000, other[REQUESTS * 99 // 100] * 1000


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
