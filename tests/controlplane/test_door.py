"""What is met at the door and how long events wait behind it, from there to the KPIs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from projecting import Undecided, activate, drain, installation

from controlplane import kpis as working
from controlplane.admission import Admission, WorkerBehindError
from controlplane.commands import Commands
from controlplane.consumer import Consumer
from controlplane.database import Databases, reading, writing
from controlplane.door import PERIOD, Door
from controlplane.kpis import Asked, Told
from controlplane.logwriter import LogWriter
from controlplane.measured import Within
from controlplane.pace import Pace
from controlplane.pack.read import read_pack
from controlplane.pack.shipped import shipped_folder
from controlplane.pipeline.command import COMMAND_SOURCE, Command, encode_command
from controlplane.pipeline.processing import Processing
from controlplane.registry import Registry
from observability.door import stores
from observability.event import ProcessEvent, encode_event
from observability.health.window import read_window
from observability.intake.throttling import throttled
from observability.log.entry import LogEntry

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = 1_000_000
KPIS = (
    "duplicates-prevented",
    "rate-limit-breaches",
    "event-latency",
    "event-latency-p90",
    "event-throughput",
)


def step(number: int, *, backfill: bool = False) -> bytes:
    event = ProcessEvent(
        source="urn:psa", id=str(number), type="parcel.sent", occurred_at=NOON, backfill=backfill
    )
    return encode_event(event)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Databases]:
    databases = installation(tmp_path)
    pack = shipped_folder("professional-services")
    assert pack is not None
    for one in read_pack(pack).documents:
        if (one.kind, one.name) == ("process", "quote-to-cash") or one.name in KPIS:
            activate(databases, one.kind, one.text, at=NOON - timedelta(days=9))
    drain(databases)
    yield databases
    databases.close()


def told(
    firm: Databases,
    name: str,
    *,
    days: int = 10,
    by: str | None = None,
    within: Within | None = None,
) -> Told:
    window = read_window(f"{days}d", as_of=NOON + timedelta(hours=1))
    with reading(firm.state) as connection:
        (kpi,) = [one for one in working.kpis(connection) if one.kpi == name]
        return working.tell(connection, kpi, Asked(window=window, by=by, within=within))


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def writer(firm: Databases, door: Door) -> Iterator[LogWriter]:
    one = LogWriter(firm.log, saw=door.saw)
    yield one
    one.close()


def entry(number: int, source: str = "urn:psa") -> LogEntry:
    return LogEntry(kind="event", source=source, id=str(number), at=NOON, payload=step(number))


def test_what_comes_again_is_counted_by_who_sent_it(firm: Databases, door: Door, writer: LogWriter):
    writer.submit([entry(1), entry(2), entry(1, "urn:erp")]).result(timeout=10)
    writer.submit([entry(1), entry(2), entry(1, "urn:erp"), entry(3)]).result(timeout=10)
    writer.submit([entry(2)]).result(timeout=10)
    assert told(firm, "duplicates-prevented").value == 0
    assert door.tell(writer, at=NOON)
    drain(firm)
    found = told(firm, "duplicates-prevented", by="source")
    assert found.value == 4
    assert {one.of: one.value for one in found.groups} == {"urn:psa": 3, "urn:erp": 1}
    assert told(firm, "duplicates-prevented", within=("source", "urn:erp")).value == 1
    assert told(firm, "duplicates-prevented", within=("practice", "data")).value is None


def test_a_command_that_is_repeated_under_its_key_is_counted_once_a_time(
    firm: Databases, door: Door
):
    class Nobody:
        def submit(self, _entries: list[LogEntry]) -> None:
            raise AssertionError("a known command is not appended again")

    command = Command(id="c-1", name="nobody:knows", actor="ann", body={}, at=NOON)
    writer = LogWriter(firm.log, saw=door.saw)
    payload = encode_command(command)
    writer.submit(
        [LogEntry(kind="command", source=COMMAND_SOURCE, id="c-1", at=NOON, payload=payload)]
    ).result(timeout=10)
    drain(firm)
    commands = Commands(Nobody(), firm.state, saw=door.saw)
    for _ in range(2):
        assert commands.submit(command).status == 400
    other = Command(id="c-1", name="nobody:knows", actor="ann", body={"x": 1}, at=NOON)
    assert commands.submit(other).status == 409
    assert door.tell(writer, at=NOON)
    drain(firm)
    assert told(firm, "duplicates-prevented").value == 2
    writer.close()


def test_counts_are_told_to_the_log_now_and_then_and_none_is_lost(
    firm: Databases, door: Door, writer: LogWriter
):
    assert not door.tell(writer, at=NOON)
    door.saw("limited", "")
    assert door.tell(writer, at=NOON)
    door.saw("limited", "", 2)
    assert not door.tell(writer, at=NOON + PERIOD / 2)
    assert door.tell(writer, at=NOON + PERIOD)
    drain(firm)
    assert told(firm, "rate-limit-breaches").value == 3
    assert told(firm, "rate-limit-breaches").meets is False
    writer.close()
    door.saw("limited", "", 4)
    with pytest.raises(RuntimeError):
        door.tell(writer, at=NOON + 2 * PERIOD)
    fresh = LogWriter(firm.log)
    assert door.tell(fresh, at=NOON + 9 * PERIOD)
    fresh.close()
    drain(firm)
    assert told(firm, "rate-limit-breaches").value == 7


def test_who_is_told_to_come_later_is_counted(firm: Databases, door: Door, writer: LogWriter):
    admission = Admission(writer, Registry(firm), lag=lambda: 10**9, saw=door.saw)
    with pytest.raises(WorkerBehindError):
        admission.require_room()
    door.tell(writer, at=NOON)
    drain(firm)
    assert told(firm, "rate-limit-breaches").value == 1


def traced(*codes: tuple[str, int]) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    for service, code in codes:
        resource = request.resource_spans.add()
        name = KeyValue(key="service.name", value=AnyValue(string_value=service))
        resource.resource.attributes.append(name)
        span = resource.scope_spans.add().spans.add()
        status = KeyValue(key="http.response.status_code", value=AnyValue(int_value=code))
        span.attributes.append(status)
    return request


def test_answers_429_of_other_systems_are_read_from_their_spans():
    request = traced(("psa", 429), ("erp", 200), ("psa", 429), ("crm", 500))
    assert throttled(request.SerializeToString(), protobuf=True) == {"psa": 2}
    assert throttled(traced(("psa", 200)).SerializeToString(), protobuf=True) == {}
    told = {
        "resourceSpans": [
            {
                "resource": {
                    "attributes": [{"key": "service.name", "value": {"stringValue": service}}]
                },
                "scopeSpans": [
                    {"spans": [{"attributes": [{"key": "http.status_code", "value": value}]}]}
                ],
            }
            for service, value in (
                ("psa", {"intValue": "429"}),
                ("erp", {"intValue": 429}),
                ("crm", {"intValue": 200}),
            )
        ]
    }
    assert throttled(json.dumps(told).encode(), protobuf=False) == {"psa": 1, "erp": 1}


def test_latency_and_throughput_are_those_of_live_events(firm: Databases):
    took = [SECOND // 2, SECOND, 2 * SECOND, SECOND * 301 // 10] * 5
    with writing(firm.state) as state:
        stores.pass_through(state, stores.bucketed(took[:7]), at=NOON - timedelta(days=1))
        stores.pass_through(state, stores.bucketed(took[7:]), at=NOON)
        stores.pass_through(state, stores.bucketed([SECOND * 999]), at=NOON - timedelta(days=40))
    mean = Decimal(sum(took)) / len(took) / SECOND
    assert told(firm, "event-latency").value == round(mean, 2)
    worst = told(firm, "event-latency-p90").value
    assert worst is not None
    assert float(worst) == pytest.approx(30, rel=1 / 16)
    assert told(firm, "event-throughput").value == round(Decimal(len(took)) / 10 / 24, 2)


def test_nothing_measured_is_no_latency_of_nought(firm: Databases):
    assert told(firm, "event-latency").because == "not enough data: no applied in this window"


def test_the_worker_hears_of_live_events_alone_when_their_effects_are_committed(
    firm: Databases, writer: LogWriter
):
    heard: list[str] = []
    consumer = Consumer(
        firm,
        Processing(Undecided()),
        passed=lambda entries: heard.extend(one.id for one in entries),
    )
    old = step(7, backfill=True)
    back = LogEntry(kind="event", source="urn:psa", id="7", at=NOON, payload=old)
    writer.submit([entry(1), entry(2)]).result(timeout=10)
    writer.submit([back]).result(timeout=10)
    while consumer.step():
        pass
    assert heard == ["1", "2"]


def test_how_long_they_took_is_kept_beside_the_state(
    firm: Databases, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("controlplane.pace.PERIOD", timedelta())
    pace = Pace(firm.state)
    at = datetime.now(UTC)
    late = entry(1)
    pace.passed([LogEntry(kind="event", source="s", id="1", at=at, payload=late.payload)])
    pace.keep()
    pace.keep()
    day = int(at.timestamp()) // 86_400
    with reading(firm.state) as connection:
        found = stores.passages(connection, since=day, until=day + 1)
    assert sum(one.n for one in found) == 1
    assert 0 <= sum(one.took_us for one in found) < 60 * SECOND
