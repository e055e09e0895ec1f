"""The figures that public event logs are known to have (BPI Challenge 2020)."""

import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from walking import walked

from observability.flow.flow import flow
from observability.importing.imported import ImportedEvent
from observability.importing.xes import read_xes
from observability.instance.instance import CaseEvent, Instance, fold_instance, in_order
from observability.mining.picture import picture
from rules.instant import parse_instant

pytestmark = pytest.mark.reference


class Known(msgspec.Struct, frozen=True, kw_only=True):
    file: str
    cases: int
    events: int
    activities: int
    variants: int
    edges: int
    steps: int
    median_days: float
    p95_days: float
    reworked_cases: int
    repeated_events: int


DOMESTIC = Known(
    file="DomesticDeclarations.xes.gz",
    cases=10_357,
    events=55_628,
    activities=14,
    variants=90,
    edges=32,
    steps=45_271,
    median_days=7.3123,
    p95_days=27.9386,
    reworked_cases=1_006,
    repeated_events=1_735,
)
REQUESTS = Known(
    file="RequestForPayment.xes.gz",
    cases=6_760,
    events=36_072,
    activities=16,
    variants=77,
    edges=38,
    steps=29_312,
    median_days=8.0706,
    p95_days=29.1583,
    reworked_cases=597,
    repeated_events=1_038,
)


def cases_of(file: str) -> Mapping[str, list[CaseEvent]]:
    found = defaultdict(list)
    for one in read_xes(Path(os.environ["CONTROLPLANE_REFERENCE_DATA"]) / file):
        assert isinstance(one, ImportedEvent)
        found[one.case].append(
            CaseEvent(
                occurred_at=parse_instant(one.time),
                sequence=one.sequence,
                event_id=one.id,
                source=one.source,
                activity=one.activity or "",
                type="step",
            )
        )
    return found


def percentile(values: list[float], share: float) -> float:
    """By linear interpolation."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def days(case: Instance) -> float:
    return (case.last_at - case.started_at).total_seconds() / 86_400


@pytest.mark.parametrize("known", [DOMESTIC, REQUESTS], ids=lambda known: known.file)
def test_a_public_log_has_its_known_figures(known: Known):
    log = cases_of(known.file)
    folded = [fold_instance(case, "p", [case], those) for case, those in log.items()]
    graph = flow(in_order(those) for those in log.values())
    durations = [days(case) for case in folded]
    drawn = picture(walked(those) for those in log.values())

    assert known == Known(
        file=known.file,
        cases=len(folded),
        events=sum(case.events for case in folded),
        activities=len(graph.nodes),
        variants=len({case.variant for case in folded}),
        edges=len(graph.edges),
        steps=sum(edge.count for edge in graph.edges),
        median_days=round(percentile(durations, 0.5), 4),
        p95_days=round(percentile(durations, 0.95), 4),
        reworked_cases=sum(case.rework > 0 for case in folded),
        repeated_events=sum(case.rework for case in folded),
    )
    assert (drawn.reworked, drawn.repeats) == (known.reworked_cases, known.repeated_events)
    assert [
        (one.source, one.target, one.took.count, one.took.median_seconds) for one in drawn.ways
    ] == [(one.source, one.target, one.count, one.median_seconds) for one in graph.edges]
