"""What the simulated firm says keeps to what its contracts promise, unless it is meant not to."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

from controlplane.pack.read import read_pack
from controlplane.pack.shipped import shipped_folder
from controlplane.simulator.chronicle import Chronicle
from controlplane.simulator.emission import STRETCH, cloud_event_of, stretches
from controlplane.simulator.faults import FAULTS
from controlplane.simulator.report import BUSINESS_SPAN, CLOUD_EVENT, LEGACY_SPAN, Report
from controlplane.simulator.tracing import Tracing
from controlplane.simulator.working import london
from governance.contract.jsonschema import validator
from observability.event import ProcessEvent
from observability.intake.candidate import Candidate
from observability.intake.mapping import SpanMapping, SpanMappings
from observability.intake.otlp import read_protobuf
from rules.document import read_document

START = datetime(2026, 1, 5, 7, tzinfo=UTC)
QUARTER = timedelta(days=91)
REFUSED = {"ps.timesheet.aproved"}


@cache
def told(seed: int = 3, *, faults: tuple[str, ...] = FAULTS) -> tuple[Report, ...]:
    return tuple(Chronicle(seed, START, london(), faults=faults).until(START + QUARTER))


@cache
def validators():
    folder = shipped_folder("professional-services")
    assert folder is not None
    return {
        one.contract.subject: validator(one.versions[-1].artifact)
        for one in read_pack(folder).contracts
        if one.contract.kind == "event"
    }


@cache
def mappings() -> SpanMappings:
    folder = shipped_folder("professional-services")
    assert folder is not None
    return SpanMappings(
        read_document(one.text, SpanMapping) for one in read_pack(folder).of_kind("mapping")
    )


def events_of(reports: list[Report]) -> list[ProcessEvent]:
    """What the intake makes of the spans that the SDK exports."""
    body = encode_spans(Tracing("3").spans(reports)).SerializeToString()
    readings = read_protobuf(body, mappings())
    assert all(isinstance(one.outcome, Candidate) for one in readings)
    return [one.outcome.event for one in readings if isinstance(one.outcome, Candidate)]


def test_a_healthy_firm_keeps_every_contract():
    broken = [
        (one.type, problems)
        for one in told(faults=())
        if one.wire == CLOUD_EVENT and (problems := validators()[one.type](one.data))
    ]
    assert broken == []


@pytest.mark.parametrize("wire", [BUSINESS_SPAN, LEGACY_SPAN])
def test_a_span_says_what_its_contract_promises(wire: str):
    reports = [one for one in told(faults=()) if one.wire == wire]
    events = events_of(reports)
    assert [problems for one in events if (problems := validators()[one.type](one.data))] == []
    assert Counter((one.type, one.occurred_at, one.case) for one in events) == Counter(
        (one.type, one.at, one.case) for one in reports
    )


def test_an_invoice_of_the_legacy_system_reads_like_one_of_the_erp():
    reports = [one for one in told(faults=()) if one.type == "ps.invoice.issued"]
    legacy = events_of([one for one in reports if one.wire == LEGACY_SPAN])[0]
    modern = events_of([one for one in reports if one.wire == BUSINESS_SPAN])[0]
    assert set(legacy.data) | {"engagement_id"} >= set(modern.data) - {
        "timesheet_ids",
        "milestone_ids",
        "instalment_ids",
        "retainer_period_id",
        "cut_off_at",
    }
    assert legacy.process == modern.process == "quote-to-cash"


def test_the_handover_of_a_deal_is_one_trace_through_crm_and_project_system():
    deal = next(one for one in told() if one.type == "ps.opportunity.closed-won")
    approved = next(one for one in told() if one.trace == deal.trace and one.system == "psa")
    event = events_of([approved])[0]
    assert cloud_event_of(deal, "3")["traceparent"].split("-")[1] == event.trace_id


def test_the_same_seed_tells_the_same_story_and_another_seed_another():
    again = tuple(Chronicle(3, START, london()).until(START + QUARTER))
    assert again == told()
    assert tuple(Chronicle(4, START, london()).until(START + QUARTER)) != told()


def test_reading_in_pieces_tells_what_reading_at_once_tells():
    chronicle = Chronicle(3, START, london())
    pieces: list[Report] = []
    for day in range(1, 92):
        pieces += chronicle.until(START + timedelta(days=day))
    assert Counter(one.id for one in pieces) == Counter(one.id for one in told())


def test_a_quarter_is_of_the_size_of_a_firm():
    engagements = sum(one.type == "ps.opportunity.closed-won" for one in told())
    assert 150 <= engagements <= 320
    assert 8_000 <= len(told()) <= 20_000


def test_a_firm_five_times_as_large_has_five_times_the_deals():
    month = START + timedelta(days=30)
    one, five = (Chronicle(3, START, london(), volume=volume) for volume in (1, 5))
    one.until(month)
    keys = {told.subject for told in five.until(month) if told.type == "ps.worker.hired"}
    assert five.engagements == 5 * one.engagements > 0
    assert len(keys & {worker.worker_id for worker in five.firm.workers}) == 400


def test_only_what_is_meant_to_be_broken_is_broken():
    broken = {
        one.id
        for one in told(faults=(*FAULTS, *("contract-violating-event",) * 20))
        if one.wire == CLOUD_EVENT
        and (one.type in REFUSED or validators()[one.type](one.data) != [])
    }
    assert broken
    assert all("BROKEN" in one for one in broken)


def test_a_stretch_is_at_most_an_hour_and_nothing_is_left_out():
    cut = list(stretches(told()))
    assert [one for stretch in cut for one in stretch] == list(told())
    assert all(one[-1].arrives_at - one[0].arrives_at < STRETCH for one in cut)
