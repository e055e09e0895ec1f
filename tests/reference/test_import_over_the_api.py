"""The public logs through the program itself: pack, import, and the figures that the API gives."""

import gzip
import os
import random
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from running import Program

pytestmark = pytest.mark.reference

ROOT = Path(__file__).parents[2]
SLAS = {
    "submitted-to-payment": (10_222, 8_118, 1_793, 15, 296, "213454.40"),
    "request-to-payment": (9_914, 6_006, 3_905, 2, 1, "353369.27"),
    "submitted-to-final-approval": (10_222, 8_582, 1_356, 17, 267, "180212.70"),
}


def data(name: str) -> Path:
    return Path(os.environ["CONTROLPLANE_REFERENCE_DATA"]) / name


@contextmanager
def running(folder: Path, url: str | None) -> Iterator[Program]:
    """The program with the pack of both logs."""
    found = Program(folder, url)
    found.start()
    found.cli("pack", "install", str(ROOT / "examples" / "travel-expense"))
    try:
        yield found
    finally:
        found.stop()
        found.http.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Program]:
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None
    with running(tmp_path, url) as found:
        yield found


@cache
def last_event() -> str:
    latest = ""
    with gzip.open(data("DomesticDeclarations.xes.gz")) as file:
        for _, element in ET.iterparse(file):
            if element.get("key") == "time:timestamp":
                latest = max(latest, element.get("value", ""))
            element.clear()
    return latest


def check_domestic(program: Program) -> None:
    health = program.get("/v1/processes/travel-expense/health", window="all", as_of=last_event())
    assert (health["cases"], health["events"]) == (10_357, 55_628)
    assert health["duration"]["median_seconds"] / 86_400 == pytest.approx(7.3123, abs=5e-5)
    assert health["duration"]["p95_seconds"] / 86_400 == pytest.approx(27.9386, abs=5e-5)
    found = {one["sla"]: one for one in health["slas"]}
    for sla, (clocks, met, late, absent, cancelled, money) in SLAS.items():
        one = found[sla]
        assert (one["clocks"], one["met"], one["late"]) == (clocks, met, late), sla
        assert (one["absent"], one["cancelled"]) == (absent, cancelled), sla
        assert one["money_late"] == [{"amount": money, "currency": "EUR"}], sla
    flow = program.get("/v1/processes/travel-expense/flow")
    assert len(flow["edges"]) == 32
    assert sum(edge["count"] for edge in flow["edges"]) == 45_271
    assert program.get("/v1/processes/travel-expense/variants")["total"] == 90
    departures = program.get("/v1/processes/travel-expense/departures")
    assert departures["rework"] == {"cases": 1_006, "repeated_events": 1_735}


def test_the_domestic_declarations_give_the_reference_figures(program: Program):
    program.cli(
        "import", "xes", str(data("DomesticDeclarations.xes.gz")), "--process", "travel-expense"
    )
    program.settled()
    check_domestic(program)
    check_mined(program)


def check_mined(program: Program) -> None:
    """One command tells them all; a hand-over is told by the role that the log names."""
    asked = ("mine", "travel-expense", "--as-of", last_event())
    printed = program.cli(*asked)
    for line in (
        "10,357 cases, 55,628 events, 14 activities, 90 variants, 32 ways of 45,271",
        "duration: median 7.31 d, p95 27.94 d",
        "rework: 1,006 cases, 1,735 repeated events",
        "median  3.24 d  p95  6.11 d    9,911 times  Request Payment → Payment Handled",
        "8,997 times  median   1 min  team: EMPLOYEE → ADMINISTRATION",
        "submitted-to-payment: 10,222 clocks, 8,118 met, 1,793 late",
    ):
        assert line in printed


def test_requests_for_payment_give_the_reference_figures(program: Program):
    program.cli(
        "import", "xes", str(data("RequestForPayment.xes.gz")), "--process", "request-for-payment"
    )
    program.settled()
    health = program.get("/v1/processes/request-for-payment/health", window="all")
    assert (health["cases"], health["events"]) == (6_760, 36_072)
    assert len(program.get("/v1/processes/request-for-payment/flow")["edges"]) == 38
    assert program.get("/v1/processes/request-for-payment/variants")["total"] == 77


@pytest.mark.soak
def test_shuffled_and_repeated_events_give_the_same_figures(program: Program):
    told = list(cases(data("DomesticDeclarations.xes.gz")))
    send(program, shuffled(told))
    check_domestic(program)


def test_shuffled_repeated_and_in_another_database_a_part_of_the_log_is_the_same(
    postgresql_url: str, tmp_path: Path
):
    told = list(islice(cases(data("DomesticDeclarations.xes.gz")), 0, None, 12))
    in_order = [one for case in told for one in case]
    found = []
    for name, url, events in (
        ("in-order", None, in_order),
        ("sqlite", None, shuffled(told)),
        ("postgresql", postgresql_url, shuffled(told)),
    ):
        folder = tmp_path / name
        folder.mkdir()
        with running(folder, url) as program:
            send(program, events)
            found.append(figures(program))
    assert found[0] == found[1] == found[2]
    assert found[0]["health"]["cases"] == len(told)


def figures(program: Program) -> dict[str, Any]:
    """Return all that is told of the process but its exceptions, which are handled from now on."""
    of = "/v1/processes/travel-expense"
    plain = {name: program.get(f"{of}/{name}") for name in ("flow", "variants", "departures")}
    health = program.get(f"{of}/health", window="all", as_of=last_event())
    return {**plain, "health": {k: v for k, v in health.items() if k != "exceptions"}}


def shuffled(told: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the events of the cases in no order, a twentieth of them twice."""
    events = [one for case in told for one in case]
    drawn = random.Random(11)
    sent = [*events, *drawn.sample(events, len(events) // 20)]
    drawn.shuffle(sent)
    return sent


def send(program: Program, events: list[dict[str, Any]]) -> None:
    for start in range(0, len(events), 2_000):
        program.send(events[start : start + 2_000], backfill="true")


def cases(path: Path) -> Iterator[list[dict[str, Any]]]:
    """Read the log by another way than the program does, and put it into CloudEvents."""
    number = 0
    with gzip.open(path) as file:
        for _, trace in ET.iterparse(file):
            if not trace.tag.endswith("trace") or trace.tag.endswith("trace}"):
                continue
            texts = {one.get("key"): one.get("value") for one in trace if len(one) == 0}
            found = []
            for place, event in enumerate(one for one in trace if one.tag.endswith("event")):
                held = {one.get("key"): one.get("value") for one in event}
                number += 1
                found.append(
                    {
                        "specversion": "1.0",
                        "type": "travel-expense.step.v1",
                        "source": "urn:test:domestic",
                        "id": f"{texts['concept:name']}/{place}",
                        "time": held["time:timestamp"],
                        "sequence": str(number),
                        "bizprocess": "travel-expense",
                        "bizcase": texts["concept:name"],
                        "bizactivity": held["concept:name"],
                        "data": {
                            "amount": {"amount": held["(case)_Amount"], "currency": "EUR"},
                        },
                    }
                )
            yield found
            trace.clear()
