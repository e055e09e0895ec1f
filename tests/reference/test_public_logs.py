"""The figures that two public event logs are known to give, to the cent."""

import gzip
import os
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from defusedxml.ElementTree import iterparse

from observability.clock import Clock, ClockEvent, run_clock, state
from observability.objective import read_objective
from rules.calendar import BusinessCalendar, read_calendar

FOLDER = os.environ.get("CONTROLPLANE_REFERENCE_DATA")
PACK = Path(__file__).parents[2] / "examples" / "travel-expense"
pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif(not FOLDER, reason="CONTROLPLANE_REFERENCE_DATA names no folder"),
]


class Case(NamedTuple):
    key: str
    amount: Decimal
    events: list[ClockEvent]


def read_log(name: str, amount_key: str) -> Iterator[Case]:
    with gzip.open(Path(FOLDER or "") / name) as file:
        for _, element in iterparse(file):
            if not element.tag.endswith("trace"):
                continue
            steps = [
                {field.get("key"): field.get("value") for field in child}
                for child in element
                if child.tag.endswith("event")
            ]
            events = [
                ClockEvent(
                    activity=step["concept:name"],
                    occurred_at=datetime.fromisoformat(step["time:timestamp"]),
                )
                for step in steps
            ]
            key = next(c.get("value") for c in element if c.get("key") == "concept:name")
            yield Case(key, Decimal(steps[-1][amount_key]), sorted(events, key=occurred))
            element.clear()


def occurred(event: ClockEvent) -> datetime:
    return event.occurred_at


@pytest.fixture(scope="module")
def declarations() -> list[Case]:
    return list(read_log("DomesticDeclarations.xes.gz", "(case)_Amount"))


@pytest.fixture(scope="module")
def office_hours() -> BusinessCalendar:
    return BusinessCalendar(read_calendar((PACK / "calendars/nl-office.yaml").read_text()))


@pytest.mark.parametrize(
    ("sla", "counts", "money_late", "money_absent"),
    [
        ("submitted-to-payment", (8118, 1793, 15, 296, 0), "213454.40", None),
        ("request-to-payment", (6006, 3905, 2, 1, 0), "353369.27", None),
        ("submitted-to-final-approval", (8582, 1356, 17, 267, 0), "180212.70", None),
    ],
)
def test_every_clock_of_the_declarations_ends_as_the_reference_says(
    declarations, office_hours, sla, counts, money_late, money_absent
):
    objective = read_objective((PACK / f"slas/{sla}.yaml").read_text())
    as_of = max(event.occurred_at for case in declarations for event in case.events)
    clocks: list[tuple[Case, Clock]] = []
    for case in declarations:
        clock = run_clock(objective, office_hours, case.events, instance=case.key)
        if clock is not None:
            clocks.append((case, clock))
    states = [state(clock, as_of) for _, clock in clocks]
    late = sum(case.amount for case, clock in clocks if state(clock, as_of) == "late")
    assert tuple(map(states.count, ("met", "late", "absent", "cancelled", "running"))) == counts
    assert round(late, 2) == Decimal(money_late)
