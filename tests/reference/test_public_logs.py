"""The SLA figures that a public event log is known to have, to the cent (BPI Challenge 2020)."""

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from rolling import roll_up_standing
from sqlalchemy import Connection, insert

from observability.clock.clock import Clock, ClockEvent, run_clock
from observability.health.overview import Health
from observability.health.quantile import quantile
from observability.health.stores import health
from observability.health.window import read_window
from observability.importing.imported import ImportedEvent, to_cloudevent
from observability.importing.xes import read_xes
from observability.instance.instance import CaseEvent, Instance, fold_instance, in_order
from observability.model.coherence import read_model
from observability.model.model import ProcessModel
from observability.objective import Objective, read_objective
from observability.objective.terms import Terms
from observability.projection.clock_stores import KeptClock, replace_clocks
from observability.rollup.measure import Judged
from observability.tables import instance
from rules.calendar import BusinessCalendar, read_calendar
from rules.instant import optional_micros, parse_instant, to_micros
from rules.money import read_money

PACK = Path(__file__).parents[2] / "examples" / "travel-expense"
pytestmark = pytest.mark.reference

# Business hours from start to target: median and p95.
PACES = {
    "submitted-to-payment": (46.6192, 154.7474),
    "request-to-payment": (22.8531, 32.0000),
    "submitted-to-final-approval": (7.9807, 80.2316),
}
# clocks, met, late, absent, cancelled; money late, money absent
FIGURES = {
    "submitted-to-payment": ((10_222, 8_118, 1_793, 15, 296), "213454.40", "259.29"),
    "request-to-payment": ((9_914, 6_006, 3_905, 2, 1), "353369.27", "61.46"),
    "submitted-to-final-approval": ((10_222, 8_582, 1_356, 17, 267), "180212.70", "0.00"),
}


class Pack(NamedTuple):
    model: ProcessModel
    objectives: Sequence[Objective]
    calendars: dict[str, BusinessCalendar]


@pytest.fixture(scope="module")
def pack() -> Pack:
    calendar = BusinessCalendar(read_calendar((PACK / "calendars/nl-university.yaml").read_text()))
    return Pack(
        model=read_model((PACK / "processes/travel-expense.yaml").read_text()),
        objectives=[read_objective(one.read_text()) for one in (PACK / "slas").iterdir()],
        calendars={"nl-university": calendar},
    )


@pytest.fixture(scope="module")
def declarations(pack: Pack) -> list[tuple[Instance, list[CaseEvent]]]:
    file = Path(os.environ["CONTROLPLANE_REFERENCE_DATA"]) / "DomesticDeclarations.xes.gz"
    found = defaultdict(list)
    for one in read_xes(file):
        assert isinstance(one, ImportedEvent)
        data = to_cloudevent(one, "travel-expense", pack.model)["data"]
        found[one.case].append(
            CaseEvent(
                occurred_at=parse_instant(one.time),
                sequence=one.sequence,
                event_id=one.id,
                source=one.source,
                activity=one.activity or "",
                type="travel-expense.step",
                amount=read_money(data.get("amount")),
            )
        )
    return [
        (fold_instance(key, "travel-expense", [key], those, model=pack.model), those)
        for key, those in found.items()
    ]


@pytest.fixture
def declared(
    connection: Connection, pack: Pack, declarations: list[tuple[Instance, list[CaseEvent]]]
) -> Health:
    connection.execute(insert(instance), [_row(case) for case, _ in declarations])
    clocks = [
        KeptClock(
            clock=clock,
            process="travel-expense",
            next_at=None,
            amount=case.amount,
            owner=objective.owner,
        )
        for case, events in declarations
        for objective in pack.objectives
        if (clock := _run(pack, objective, case, events))
    ]
    replace_clocks(connection, [], clocks)
    in_force = {one.sla: one for one in pack.objectives}
    judged = Judged(model=pack.model, objectives=in_force, calendars=pack.calendars)
    roll_up_standing(connection, "travel-expense", judged)
    as_of = max(case.last_at for case, _ in declarations)
    return health(
        connection,
        pack.model,
        window=read_window("all", as_of=as_of),
        objectives=pack.objectives,
        calendars=pack.calendars,
    )


def _run(
    pack: Pack, objective: Objective, case: Instance, events: Sequence[CaseEvent]
) -> Clock | None:
    steps = [
        ClockEvent(activity=one.activity, occurred_at=one.occurred_at) for one in in_order(events)
    ]
    terms = Terms(target=objective.target, calendar=pack.calendars["nl-university"])
    return run_clock(objective, terms, steps, instance=case.id)


def _row(case: Instance) -> dict[str, object]:
    return {
        "id": case.id,
        "process": case.process,
        "case_key": case.case_key,
        "title": case.title,
        "model": case.model,
        "state": case.state,
        "stage": case.stage,
        "owner": case.owner,
        "started_at": to_micros(case.started_at),
        "last_at": to_micros(case.last_at),
        "ended_at": optional_micros(case.ended_at),
        "events": case.events,
        "rework": case.rework,
        "variant": case.variant,
        "amount": str(case.amount.amount) if case.amount else None,
        "currency": case.amount.currency if case.amount else None,
        "currencies": len({one.currency for one in case.amounts}),
        "money": "{}",
        "attributes": "{}",
        "departures": "[]",
    }


def test_the_health_of_the_declarations_is_what_the_log_is_known_to_give(declared):
    assert (declared.cases, declared.events) == (10_357, 55_628)
    assert round(declared.duration.median_seconds / 86_400, 4) == 7.3123
    assert round(declared.duration.p95_seconds / 86_400, 4) == 27.9386
    for sla in declared.slas:
        counts, late, absent = FIGURES[sla.sla]
        assert (sla.clocks, sla.met, sla.late, sla.absent, sla.cancelled) == counts
        assert (sla.running, sla.paused) == (0, 0)
        assert [str(one.amount) for one in sla.money_late] == [late]
        assert [str(one.amount) for one in sla.money_absent] == [absent]


@pytest.mark.parametrize("sla", PACES)
def test_the_pace_of_the_declarations_is_told_in_business_hours(pack, declarations, sla):
    objective = next(one for one in pack.objectives if one.sla == sla)
    clocks = [_run(pack, objective, case, events) for case, events in declarations]
    hours = sorted(
        pack.calendars["nl-university"].elapsed(one.started_at, one.target_at).total_seconds()
        / 3600
        for one in clocks
        if one is not None and one.target_at is not None
    )
    assert tuple(round(quantile(hours, share) or 0, 4) for share in (0.5, 0.95)) == PACES[sla]
