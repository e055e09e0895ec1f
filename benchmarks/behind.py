"""
Goal 9: the gate, its decision on disk, against zen-engine that only evaluates, behind one server.

Both are Litestar on uvicorn and are asked about the same cases by the same rules, and say the
same. zen-engine is given rows that its caller has joined; the gate finds the facts of the case
by its key, or is given them one by one.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from importlib.util import find_spec

import msgspec

from benchmarks import wire
from benchmarks.figure import Figure, compare
from benchmarks.installation import Installation, process, serving
from benchmarks.peers import firm, work

SIZES = (3, 50)
CASES = 400
_decode = msgspec.json.Decoder().decode


def measure(installation: Installation, runs: int) -> list[Figure]:
    if find_spec("zen") is None:
        print("behind: not measured; `make bench` installs zen-engine")
        return []
    return [one for size in SIZES for one in _measured(installation, size, runs)]


def _measured(installation: Installation, size: int, runs: int) -> list[Figure]:
    cases = {f"W{number}": one for number, one in enumerate(work.cases(CASES, rules=size, seed=9))}
    environment = {"WORK_RULES": str(size)}
    server = "benchmarks.peers.zenserver"
    with (
        serving(installation.copy()) as ours,
        process(server, environment=environment, ready="/health/live") as theirs,
    ):
        firm.furnish(ours, work.rules(size), cases)
        asked = {
            "a case as it stands": [{"case": name} for name in cases],
            "facts that are given": [
                {"facts": firm.facts(name, one)} for name, one in cases.items()
            ],
        }
        rows = [{"rows": one.rows()} for one in cases.values()]
        for bodies in asked.values():
            _agree(ours, theirs, cases, bodies, rows)
        return [
            compare(
                partial(_rates, ours, theirs, bodies, rows),
                goal=9,
                name=f"gate, {size} rules, {name}",
                unit="requests/s",
                against="requests/s, zen-engine evaluates only",
                runs=runs,
                wanted=1.5,
            )
            for name, bodies in asked.items()
        ]


def _agree(
    ours: str,
    theirs: str,
    cases: Mapping[str, work.Case],
    bodies: Sequence[object],
    rows: Sequence[object],
) -> None:
    """Let both answer every case: they say the same."""
    gate = wire.answered(ours, _GATE, _encoded(bodies), connections=1)
    zen = wire.answered(theirs, "/decide", _encoded(rows), connections=1)
    for (name, case), (_, mine), (_, other) in zip(cases.items(), gate.each, zen.each, strict=True):
        told = {(one["rule"], one["occurrence"]) for one in _decode(mine)["firings"]}
        wanted = {(rule, f"{name}-{week}") for rule, week in _decode(other)["fired"]}
        assert told == wanted, f"{name}: the gate says {told}, zen-engine {wanted} of {case}"


def _rates(
    ours: str, theirs: str, bodies: Sequence[object], rows: Sequence[object]
) -> tuple[float, float]:
    """Return the requests a second of the gate and of zen-engine."""
    mine = wire.answered(ours, _GATE, _encoded(bodies)).seconds
    other = wire.answered(theirs, "/decide", _encoded(rows)).seconds
    return len(bodies) / mine, len(rows) / other


def _encoded(bodies: Sequence[object]) -> list[bytes]:
    return [msgspec.json.encode(one) for one in bodies]


_GATE = f"/v1/decisions/{firm.RULESET}"
