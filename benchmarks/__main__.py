"""
`python -m benchmarks`: every figure as a ratio to a limit measured in the same run.
`python -m benchmarks 3 latency`: those of goal 3, and of one module.

Digits change with the machine; the ratios are what is promised.
"""

import argparse
import sys
import time

import msgspec

from benchmarks import (
    acknowledging,
    appending,
    behind,
    catalogue,
    compiling,
    contracts,
    dashboards,
    deadlines,
    deciding,
    gating,
    latency,
    peers,
    processing,
    sweeping,
)
from benchmarks.figure import RUNS, Figure, show
from benchmarks.installation import installed

BENCHES = {
    "processing": processing,
    "acknowledging": acknowledging,
    "appending": appending,
    "latency": latency,
    "deciding": deciding,
    "gating": gating,
    "behind": behind,
    "catalogue": catalogue,
    "compiling": compiling,
    "contracts": contracts,
    "dashboards": dashboards,
    "deadlines": deadlines,
    "sweeping": sweeping,
    "peers": peers,
}
GOALS = {"1": "processing", "2": "processing", "3": "acknowledging", "4": "appending"}
GOALS |= {"5": "latency", "8": "gating", "9": "behind", "11": "dashboards", "12": "sweeping"}
GOALS |= {"14": "deadlines"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("only", nargs="*", choices=[*GOALS, *BENCHES, []], help="these alone")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of which the median is shown")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--events", type=int, default=dashboards.EVENTS, help="size of the firm of the dashboards"
    )
    parser.add_argument(
        "--postgresql", help="an empty database: the dashboards are asked there too"
    )
    given = parser.parse_args()
    dashboards.EVENTS = given.events
    dashboards.POSTGRESQL = given.postgresql
    found: list[Figure] = []
    with installed() as installation:
        for name in dict.fromkeys(GOALS.get(one, one) for one in given.only or BENCHES):
            begun = time.perf_counter()
            found += BENCHES[name].measure(installation, given.runs)
            print(f"{name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    found.sort(key=lambda one: one.goal or 99)
    if given.json:
        print(msgspec.json.encode(found).decode())
    else:
        show(found)


if __name__ == "__main__":
    main()
