"""Cases, their flow and their timelines, read back on both databases."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from rolling import roll_up_standing
from sqlalchemy import Connection, insert
from sqlalchemy.event import listen

from controlplane.database import Databases, reading, writing
from observability.clock.clock import Clock, State, clock_id
from observability.clock.clock import state as state_of
from observability.clock.stores import readings
from observability.entity import Entity
from observability.event import ProcessEvent, encode_event
from observability.flow.flow import Conformance, DepartureCount, Rework, flow
from observability.flow.stores import process_conformance, process_flow, process_variants
from observability.instance import stores
from observability.instance.instance import (
    CaseEvent,
    Instance,
    case_event,
    fold_instance,
    instance_id,
)
from observability.instance.link_stores import wholes_of
from observability.instance.stores import InstanceFilter, get_instance, list_instances
from observability.instance.timeline_stores import case_entities, case_events
from observability.log import stores as log_stores
from observability.log.entry import LogEntry
from observability.model.coherence import read_model
from observability.page import CursorError
from observability.projection import case_stores, entity_stores
from observability.projection.clock_stores import KeptClock, clocks_of, replace_clocks
from observability.rollup.measure import Judged
from observability.tables import case_entity
from rules.instant import from_micros, optional_micros, to_micros
from rules.money import money

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOON = NINE + timedelta(hours=3)
HOUR = timedelta(hours=1)
MODEL = read_model("""
process: cash
version: 1.0.0
title: Cash
owner: finance
activities:
  - {activity: won, stage: quote}
  - {activity: billed, stage: billing, after: [won]}
  - {activity: paid, stage: billing}
stages: [{stage: quote, owner: sales}, {stage: billing}]
end: [paid]
""")


def happened(activity: str, hour: float = 0, **given: object) -> CaseEvent:
    known = {"event_id": f"{activity}@{hour}", "source": "urn:erp", "type": f"ps.{activity}"}
    return CaseEvent(**{**known, "occurred_at": NINE + hour * HOUR, "activity": activity, **given})


def keep(connection: Connection, *cases: tuple[str, list[CaseEvent]]) -> dict[str, Instance]:
    """Store cases as the worker does; return each by its key."""
    kept = {}
    for key, events in cases:
        one = fold_instance(instance_id("cash", key), "cash", [key], events, model=MODEL)
        case_stores.save_keys(connection, {("cash", key): one.id})
        case_stores.add_events(connection, [(one.id, "cash", event) for event in events])
        case_stores.save_instances(connection, [row_of(one)])
        case_stores.save_variants(connection, {("cash", one.variant): one.activities})
        kept[key] = one
    roll_up_standing(connection, "cash", Judged(model=MODEL))
    return kept


def row_of(one: Instance) -> dict[str, object]:
    row = msgspec.structs.asdict(one)
    del row["links"]
    del row["activities"]
    for name in ("started_at", "last_at", "ended_at"):
        row[name] = optional_micros(row[name])
    for name in ("money", "attributes", "departures", "standing"):
        row[name] = msgspec.json.encode(row[name]).decode()
    row["currencies"] = len(row.pop("amounts"))
    amount, waits = one.amount, next(iter(one.standing.waiting), None)
    return row | {
        "waits_for": waits.activity if waits else None,
        "amount": str(amount.amount) if amount else None,
        "currency": amount.currency if amount else None,
    }


def running(instance: str, **given: object) -> KeptClock:
    sla, key = str(given.pop("sla", "pay-in-time")), str(given.pop("object_key", ""))
    started = NINE if "started_at" not in given else given.pop("started_at")
    clock = Clock(
        id=clock_id(instance, sla, "", key),
        instance=instance,
        sla=sla,
        version="1.0.0",
        object_type="",
        object_key=key,
        **{"started_at": started, "due_at": NOON, "absent_at": given.get("due_at", NOON), **given},
    )
    return KeptClock(clock=clock, process="cash", next_at=None, amount=None, owner="finance")


CASES = (
    ("A-1", [happened("won"), happened("billed", 2), happened("paid", 5)]),
    ("A-2", [happened("won", 0.5), happened("billed", 1)]),
    ("A-3", [happened("won", 0.25), happened("billed", 4), happened("paid", 6)]),
    ("B-1", [happened("billed", 3), happened("billed", 3.5)]),
)


def names(connection: Connection, *, at: datetime = NINE, **wanted: str) -> list[str]:
    page = list_instances(connection, "cash", InstanceFilter(**wanted), at=at)
    assert page.total == len(page.items)
    return [one.case for one in page.items]


def test_the_flow_that_the_database_finds_is_the_one_that_the_events_make(connection: Connection):
    keep(connection, *CASES)
    assert process_flow(connection, "cash") == flow([events for _, events in CASES])
    assert process_flow(connection, "cash").edges[0].median_seconds == 7200
    assert process_flow(connection, "unheard-of") == flow([])


def test_events_at_one_instant_follow_each_other_by_sequence_then_id(connection: Connection):
    tied = [
        happened("paid", event_id="b", sequence=0),
        happened("won", event_id="Z", sequence=0),
        happened("billed", event_id="a", sequence=-1),
    ]
    kept = keep(connection, ("A-1", tied))
    assert kept["A-1"].activities == ("billed", "won", "paid")
    steps = {(one.source, one.target) for one in process_flow(connection, "cash").edges}
    assert steps == {("billed", "won"), ("won", "paid")}


def test_the_commonest_variants_come_first_a_page_at_a_time(connection: Connection):
    keep(connection, *CASES)
    first = process_variants(connection, "cash", limit=1)
    assert (first.total, first.items[0].cases) == (3, 2)
    assert first.items[0].activities == ("won", "billed", "paid")
    rest = process_variants(connection, "cash", limit=9, cursor=first.next_cursor)
    assert {one.activities for one in rest.items} == {("won", "billed"), ("billed", "billed")}
    assert rest.next_cursor is None


def test_departures_are_counted_by_kind_with_the_cases_that_show_them(connection: Connection):
    kept = keep(connection, *CASES)
    one = {"activity": "billed", "cases": 1, "instances": (kept["B-1"].id,)}
    assert process_conformance(connection, "cash") == Conformance(
        cases=4,
        conforming=3,
        rework=Rework(cases=1, repeated_events=1),
        departures=(
            DepartureCount(kind="out-of-order", occurrences=2, **one),
            DepartureCount(kind="repeated", occurrences=1, **one),
        ),
    )


def test_a_process_without_cases_departs_nowhere(connection: Connection):
    assert process_conformance(connection, "cash") == Conformance(
        cases=0, conforming=0, rework=Rework(cases=0, repeated_events=0), departures=()
    )


def test_instances_are_listed_the_last_started_first(connection: Connection):
    keep(connection, *CASES)
    assert names(connection) == ["B-1", "A-2", "A-3", "A-1"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"state": "completed"}, ["A-3", "A-1"]),
        ({"stage": "quote"}, []),
        ({"owner": "finance"}, ["B-1", "A-2", "A-3", "A-1"]),
        ({"owner": ""}, []),
        ({"waits_for": "paid"}, ["B-1", "A-2"]),
        ({"waits_for": "won"}, []),
        ({"case": "A-2"}, ["A-2"]),
        ({"case": "A"}, []),
        ({"q": "b-"}, ["B-1"]),
        ({"q": "%"}, []),
        ({"state": "running", "q": "a"}, ["A-2"]),
    ],
)
def test_filters_say_which_instances_are_meant(
    connection: Connection, wanted: dict[str, str], found: list[str]
):
    keep(connection, *CASES)
    assert names(connection, **wanted) == found


@pytest.mark.parametrize("word", ["Ärzte", "ärzte", "KAMMER", "é"])
def test_a_word_is_looked_for_whatever_the_case_of_its_letters(connection: Connection, word: str):
    keep(connection, *CASES, ("Ärztekammer École", [happened("won")]))
    assert names(connection, q=word) == ["Ärztekammer École"]


@pytest.mark.parametrize("limit", [1, 2, 9])
@pytest.mark.parametrize("word", ["a-", "1", "A-3", "A-4", "b-1", "OPP-7", "-"])
def test_a_word_is_looked_for_in_very_many_cases_some_at_a_time(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, word: str, limit: int
):
    more = (("A-4", [happened("won", 0.5)]), ("A-40", [happened("won", 4)]))
    kept = keep(connection, *CASES, *more)
    case_stores.save_keys(connection, {("cash", "OPP-7"): kept["A-2"].id})
    known = names(connection, q=word)
    monkeypatch.setattr(stores, "LOOKED", 2)
    found, pages, cursor = [], 0, None
    while pages == 0 or cursor is not None:
        page = list_instances(
            connection, "cash", InstanceFilter(q=word), at=NINE, limit=limit, cursor=cursor
        )
        assert (page.total_is, page.looked_since is None) == ("at_least", page.next_cursor is None)
        assert len(page.items) <= min(limit, page.total)
        found += [one.case for one in page.items]
        pages, cursor = pages + 1, page.next_cursor
    exactly = [one for one in known if word in {one, {"A-2": "OPP-7"}.get(one)}]
    assert found == exactly + [one for one in known if one not in exactly]


def test_of_several_filters_no_more_is_counted_than_is_quickly(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
):
    keep(connection, *CASES)
    wanted = InstanceFilter(state="running", owner="finance")
    page = list_instances(connection, "cash", wanted, at=NINE, limit=1)
    assert (page.total, page.total_is) == (2, "exact")
    monkeypatch.setattr(stores, "COUNTED", 1)
    page = list_instances(connection, "cash", wanted, at=NINE, limit=1)
    assert (page.total, page.total_is, page.next_cursor is None) == (1, "at_least", False)


def test_a_case_is_found_by_every_key_that_it_is_known_by(connection: Connection):
    kept = keep(connection, *CASES)
    case_stores.save_keys(connection, {("cash", "OPP-7"): kept["A-2"].id})
    assert names(connection, case="OPP-7") == ["A-2"]
    detail = get_instance(connection, kept["A-2"].id, at=NINE)
    assert detail is not None
    assert detail.keys == ("A-2", "OPP-7")


def test_pages_neither_repeat_nor_hide_a_case_when_new_ones_start(connection: Connection):
    keep(connection, *CASES)
    first = list_instances(connection, "cash", InstanceFilter(), at=NINE, limit=2)
    keep(connection, ("C-1", [happened("won", 9)]))
    rest = list_instances(
        connection, "cash", InstanceFilter(), at=NINE, limit=2, cursor=first.next_cursor
    )
    assert [one.case for one in (*first.items, *rest.items)] == ["B-1", "A-2", "A-3", "A-1"]
    assert (first.total, rest.total, rest.next_cursor) == (4, 5, None)


@pytest.mark.parametrize("cursor", ["", "%%", "bm8", "é", "W10"])
def test_a_cursor_of_no_page_is_refused(connection: Connection, cursor: str):
    with pytest.raises(CursorError):
        list_instances(connection, "cash", InstanceFilter(), at=NINE, cursor=cursor)
    with pytest.raises(CursorError):
        process_variants(connection, "cash", cursor=cursor)


def test_one_instance_is_told_whole(connection: Connection):
    events = [happened("won"), happened("paid", 1, amount=money("12.345678901234", "EUR"))]
    kept = keep(connection, ("A-1", events))["A-1"]
    detail = get_instance(connection, kept.id, at=NINE)
    assert detail is not None
    assert (detail.case, detail.state, detail.ended_at) == ("A-1", "completed", NINE + HOUR)
    assert detail.amount == money("12.345678901234", "EUR")
    assert detail.departures == kept.departures
    assert detail.variant == kept.variant


def test_an_id_that_nothing_carries_finds_nothing(connection: Connection):
    assert get_instance(connection, "nothing", at=NINE) is None


ENDED: dict[State, dict[str, object]] = {
    "met": {"target_at": NOON},
    "late": {"target_at": NOON + HOUR},
    "absent": {"due_at": NINE},
    "running": {"due_at": NINE + timedelta(hours=9)},
    "paused": {"due_at": NINE, "paused_at": NINE, "remaining_seconds": 60},
    "cancelled": {"cancelled_at": NINE, "due_at": NINE},
}


@pytest.mark.parametrize("state", ENDED)
def test_the_database_reads_a_clock_as_the_clock_itself_does(connection: Connection, state: State):
    kept = keep(connection, *CASES)
    clock = running(kept["A-2"].id, **ENDED[state])
    replace_clocks(connection, [kept["A-2"].id], [clock])
    roll_up_standing(connection, "cash", Judged(model=MODEL))
    at = NINE + 2 * HOUR
    assert state_of(clock.clock, at) == state
    assert {name for name in ENDED if names(connection, at=at, sla=name)} == {state}
    (read,) = readings(connection, [kept["A-2"].id], at=at)[kept["A-2"].id]
    assert (read.state, read.owner) == (state, "finance")


def test_cases_are_found_by_how_their_promises_stand(connection: Connection):
    kept = keep(connection, *CASES)
    late = running(kept["A-1"].id, target_at=NOON + HOUR)
    warned = running(kept["A-2"].id, warnings=(NINE + HOUR, NINE + 2 * HOUR))
    quiet = running(kept["A-3"].id, sla="bill-in-time", warnings=(NINE + 2 * HOUR,))
    for clock in (late, warned, quiet):
        replace_clocks(connection, [clock.clock.instance], [clock])
    soon = NINE + 1.5 * HOUR
    assert names(connection, at=soon, sla="breached") == ["A-1"]
    assert names(connection, at=soon, sla="at_risk") == ["A-2"]
    assert names(connection, at=soon, sla="on_track") == ["A-3"]
    assert names(connection, at=soon, sla="bill-in-time") == ["A-3"]
    assert names(connection, at=soon, sla="pay-in-time:late") == ["A-1"]
    assert names(connection, at=NOON + HOUR, sla="breached") == ["A-2", "A-3", "A-1"]


def test_the_worst_of_its_promises_stands_for_the_case(connection: Connection):
    kept = keep(connection, *CASES)["A-1"]
    clocks = [
        running(kept.id, object_key="1", target_at=NOON),
        running(kept.id, object_key="2", warnings=(NINE,)),
        running(kept.id, object_key="3", due_at=NOON + HOUR),
    ]
    replace_clocks(connection, [kept.id], clocks)

    def sla(at: datetime) -> tuple[object, ...]:
        (item,) = list_instances(connection, "cash", InstanceFilter(case="A-1"), at=at).items
        return item.sla.state, item.sla.clocks, item.sla.due_at

    assert sla(NINE) == ("at_risk", {"met": 1, "running": 2}, NOON)
    assert sla(NOON + 2 * HOUR) == ("breached", {"absent": 2, "met": 1}, None)
    replace_clocks(connection, [kept.id], clocks[:1])
    assert sla(NINE) == ("met", {"met": 1}, None)
    replace_clocks(connection, [kept.id], [])
    assert sla(NINE) == (None, {}, None)


def test_a_clock_that_stands_as_it_did_is_not_written_again(connection: Connection):
    kept = keep(connection, *CASES)["A-1"]
    still, open_, over = (running(kept.id, object_key=one) for one in "123")
    replace_clocks(connection, [kept.id], [still, open_, over])
    met = running(kept.id, object_key="2", target_at=NOON)
    written: list[str] = []
    listen(connection, "before_cursor_execute", lambda *said: written.append(f"{said[2:4]}"))
    replace_clocks(connection, [kept.id], [still, met])
    assert clocks_of(connection, [kept.id]) == {kept.id: [still, met]}
    writes = [one for one in written if "SELECT" not in one]
    assert len(writes) == 2
    assert not any(still.clock.id in one for one in writes)


def test_a_case_tells_its_events_with_what_they_said(databases: Databases):
    said = [
        ProcessEvent(
            source="urn:erp",
            id=f"e{hour}",
            type="ps.billed",
            occurred_at=NINE + hour * HOUR,
            data={"invoice_id": f"I-{hour}"},
            service="billing",
            trace_id="t1" if hour else None,
            span_id="s1" if hour else None,
        )
        for hour in (1, 0)
    ]
    with writing(databases.log) as log:
        entries = [
            LogEntry(kind="event", source=e.source, id=e.id, at=NINE, payload=encode_event(e))
            for e in said
        ]
        log_stores.append(log, entries)
    with reading(databases.log) as log:
        offsets = {entry.id: entry.offset for entry in log_stores.read(log, 0, 9)}
    events = [
        case_event(e, "billed", offset=offsets[e.id], objects=[("invoice", "I-1")]) for e in said
    ]
    with writing(databases.state) as state:
        kept = keep(state, ("A-1", events))["A-1"]
    with reading(databases.state) as state, reading(databases.log) as log:
        first, second = case_events(state, log, kept.id)
    assert (first.event_id, second.event_id) == ("e0", "e1")
    assert (first.data, first.service) == ({"invoice_id": "I-0"}, "billing")
    assert second.objects == (("invoice", "I-1"),)


def test_a_case_tells_its_entities_and_those_that_they_refer_to(connection: Connection):
    kept = keep(connection, *CASES)["A-1"]

    def row(type_: str, key: str, **state: str) -> dict[str, object]:
        one = Entity(type=type_, key=key, state=state, first_at=NINE, last_at=NOON, events=2)
        return msgspec.structs.asdict(one) | {
            "history": "{}",
            "state": msgspec.json.encode(state).decode(),
            "first_at": to_micros(NINE),
            "last_at": to_micros(NOON),
        }

    entity_stores.save_entities(
        connection,
        [row("invoice", "I-1", status="sent"), row("customer", "C-1"), row("customer", "C-2")],
    )
    entity_stores.save_entity_links(connection, {("invoice", "I-1"): [("customer", "C-1")]})
    connection.execute(
        insert(case_entity), [{"instance": kept.id, "type": "invoice", "key": "I-1"}]
    )
    customer, invoice = case_entities(connection, kept.id)
    assert (customer.key, customer.own, customer.links) == ("C-1", False, ())
    assert (invoice.own, invoice.links) == (True, (("customer", "C-1"),))
    assert invoice.state == {"status": "sent"}
    assert invoice.last_at == from_micros(to_micros(NOON))


def test_a_part_of_a_part_leads_to_the_outermost_case(connection: Connection):
    whole, part = keep(connection, *CASES[:2]).values()
    inner = instance_id("cash", "C-1")
    links = {part.id: [("cash", "A-1", "part")], inner: [("cash", "A-2", "part")]}
    case_stores.save_links(connection, links | {whole.id: [("cash", "A-3", "spawned")]})
    ids = [whole.id, part.id, inner]
    assert wholes_of(connection, ids) == {part.id: whole.id, inner: whole.id}
    case_stores.save_links(connection, {whole.id: [("cash", "A-2", "part")]})  # of each other
    assert set(wholes_of(connection, ids)) == set(ids)
