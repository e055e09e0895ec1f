"""The simulated firm's workflows run as the models of the pack say, without any server."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from controlplane.pack.shipped import shipped_folder
from controlplane.simulator.chronicle import Chronicle
from controlplane.simulator.report import CLOUD_EVENT, LEGACY_SPAN, Report
from controlplane.simulator.working import london
from observability.correlation.correlation import placements, touches
from observability.entity import entity_event, fold_entity
from observability.event import ProcessEvent
from observability.instance.instance import CaseEvent, Instance, case_event, fold_instance
from observability.model.coherence import read_model
from observability.model.model import ProcessModel

START = datetime(2026, 1, 5, 7, tzinfo=UTC)
FOLDER = shipped_folder("professional-services")
assert FOLDER is not None
MODELS = {
    (model := read_model(path.read_text(encoding="utf-8"))).process: model
    for path in sorted((FOLDER / "processes").glob("*.yaml"))
}
OVERDUE = ("late-payment", "invoice-never-paid") * 10
PARTS = sorted(set(MODELS) - {"quote-to-cash"})


LEGACY = {
    "invoice_id": "invoice.id",
    "engagement_id": "engagement.id",
    "timesheet_ids": "invoice.timesheets",
    "milestone_ids": "invoice.milestones",
}
"""What the governed mapping reads from a span of the legacy billing system."""


def told(report: Report) -> ProcessEvent:
    data = report.data
    if report.wire == LEGACY_SPAN:
        data = {field: data[name] for field, name in LEGACY.items() if name in data}
    return ProcessEvent(
        source=report.source,
        id=report.id,
        type=report.type,
        occurred_at=report.at,
        process=None if report.wire == CLOUD_EVENT else "quote-to-cash",
        case=report.case,
        data=data,
    )


def cases(model: ProcessModel, events: list[ProcessEvent]) -> list[Instance]:
    """Fold the cases of *model*: without any alias, a case goes by the keys of its events."""
    names: dict[str, str] = {}
    found: dict[str, list[CaseEvent]] = defaultdict(list)
    said = defaultdict(list)
    for event in events:
        for touch in touches(event, model.activity_of(event.type), [model]):
            one = entity_event(event, model.activity_of(event.type), describes=touch.describes)
            said[touch.type, touch.key].append(one)
        for placed in placements(event, [model]):
            if placed.process != model.process:
                continue
            root = next((names[key] for key in placed.keys if key in names), placed.keys[0])
            names.update(dict.fromkeys(placed.keys, root))
            found[root].append(case_event(event, placed.activity, offset=0))
    return [
        fold_instance(
            root,
            model.process,
            (keys := [key for key, to in names.items() if to == root]),
            those,
            model=model,
            entities=[
                fold_entity(type_, key, each)
                for (type_, key), each in said.items()
                if type_ == model.case and key in keys
            ],
        )
        for root, those in found.items()
    ]


@pytest.fixture(scope="module")
def story() -> list[ProcessEvent]:
    chronicle = Chronicle(9, START, london(), faults=())
    return [told(one) for one in chronicle.until(START + timedelta(days=180))]


@pytest.mark.parametrize("process", sorted(set(PARTS) - {"collections"}))
def test_a_firm_without_faults_keeps_to_every_order(process: str, story: list[ProcessEvent]):
    found = cases(MODELS[process], story)
    assert [one.departures for one in found if one.departures] == []
    assert sum(one.state == "completed" for one in found) >= 4
    assert all(one.standing.waiting for one in found if one.state == "running")


def test_what_is_overdue_is_chased_until_it_is_paid():
    chronicle = Chronicle(9, START, london(), faults=OVERDUE)
    events = [told(one) for one in chronicle.until(START + timedelta(days=180))]
    found = cases(MODELS["collections"], events)
    states = {one.state for one in found}
    assert states == {"running", "completed"}
    assert [one.departures for one in found if one.departures] == []


def test_an_activity_has_one_name_in_all_processes():
    names: dict[str, set[str]] = defaultdict(set)
    for model in MODELS.values():
        for type_, activity in model.by_type.items():
            names[type_].add(activity)
    assert {type_: those for type_, those in names.items() if len(those) > 1} == {}
