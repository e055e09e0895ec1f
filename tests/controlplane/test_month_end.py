"""KPIs and a month's end over HTTP: what is open, signed off once, and cleared afterwards."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from house import House, opened
from projecting import ByReference, append, drain, installation, register, sweep
from reconciled import run, upload
from small_billing import CALENDAR, SLA

from controlplane.database import reading
from controlplane.monthend.opened import digest_of, month_of
from controlplane.monthend.stores import find
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from observability.event import ProcessEvent

MARCH = {"entity": "meridian-uk", "period": "2026-03"}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PROCESS = """
process: small-billing
version: 1.0.0
title: Small billing
owner: finance
case: engagement
keys: [engagement_id]
activities:
  - {activity: signed, stage: contract, events: [sb.engagement.signed]}
  - {activity: time-approved, stage: time, events: [sb.time.approved], repeats: true}
  - {activity: invoiced, stage: billing, events: [sb.invoice.issued], repeats: true}
stages: [{stage: contract}, {stage: time}, {stage: billing}]
start: [signed]
entities:
  engagement: {key: engagement_id, from: [sb.engagement.signed]}
  timesheet:
    key: timesheet_id
    from: [sb.time.approved]
    touched_by: {sb.invoice.issued: timesheet_ids}
measures:
  - {measure: unbilled_time, entity: timesheet, field: amount, at: time_approved_at,
     until: invoiced_at}
  - {measure: hours, entity: timesheet, field: hours, at: time_approved_at}
dimensions: {client: [engagement.client], legal_entity: [engagement.legal_entity]}
"""
RULES = """
ruleset: late
version: 1.0.0
title: Late invoices
owner: finance
process: small-billing
rules:
  - rule: invoice-late
    version: 1.0.0
    title: Approved time was not invoiced in time
    question: Was the approved time invoiced within the promised time?
    rationale: Time that is not invoiced is not paid.
    owner: finance
    severity: critical
    type: EVENT_MISSING
    when:
      - each: clock as c
        where: [c.sla == "time-to-invoice", c.breached]
    outcome: warning
    occurrence: c
    clock: c
    reason: "Timesheet {c.object} was due on an invoice by {c.due_at}."
    money: {blocked: c.amount}
"""
KPI = """
kpi: unbilled-approved-time
version: 1.0.0
title: Unbilled approved time
owner: finance
process: small-billing
unit: money
better: lower
formula: unbilled_time
target: {value: 100, currency: EUR}
"""

BESIDE = """
kpi: {name}
version: 1.0.0
title: Beside the model
owner: finance
process: small-billing
unit: count
better: lower
formula: {formula}
elsewhere:
  raised: {{exceptions: [EVENT_MISSING], told: opened}}
  standing: {{exceptions: ['*'], told: open}}
  mended: {{exceptions: ['*'], told: resolved}}
  kept: {{slas: [time-to-invoice], told: met}}
  broken: {{slas: ['*'], told: missed}}
"""
OF_EACH = ("count(raised)", "count(standing)", "count(mended)", "count(kept)", "count(broken)")


def beside() -> Iterator[tuple[str, str]]:
    """A KPI of each thing that no process model measures."""
    for formula in OF_EACH:
        name = formula[6:-1]
        lines = BESIDE.format(name=name, formula=formula).splitlines()
        own = [one for one in lines if not one.startswith("  ") or one.startswith(f"  {name}:")]
        yield "kpi", "\n".join(own)


TIME_IN_ERP = """
reconciliation: time-in-erp
version: 1.0.0
title: Approved time against the ERP
owner: finance
process: small-billing
key: [timesheet_id]
money: amount
compare: []
sides:
  - side: tool
    title: Time tool
    from:
      - entity: timesheet
        told_by: [sb.time.approved]
        at: time_approved_at
        case: engagement_id
  - side: erp
    title: ERP
    from: [{extract: {}}]
"""
IN_ERP = b"timesheet_id\nT-E-1-1\nT-E-1-2\n"


def event(type_: str, engagement: str, day: int, **data: Any) -> ProcessEvent:
    name = f"{type_}:{engagement}:{day}"
    at = NOON + timedelta(days=day)
    return ProcessEvent(
        id=name,
        source="/erp",
        type=type_,
        occurred_at=at,
        data={"engagement_id": engagement, **data},
    )


def approved(engagement: str, day: int, amount: str, currency: str = "EUR") -> ProcessEvent:
    return event(
        "sb.time.approved",
        engagement,
        day,
        timesheet_id=f"T-{engagement}-{day}",
        hours=7.5,
        amount={"amount": amount, "currency": currency},
    )


def signed(engagement: str, entity: str, client: str) -> ProcessEvent:
    return event("sb.engagement.signed", engagement, 0, legal_entity=entity, client=client)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    databases = installation(folder)
    for kind, text in (
        ("calendar", CALENDAR),
        ("process", PROCESS),
        ("sla", SLA),
        ("ruleset", RULES),
        ("kpi", KPI),
        *beside(),
        ("reconciliation", TIME_IN_ERP),
    ):
        register(databases, kind, text)
    events = [
        signed("E-1", "meridian-uk", "Acme"),
        signed("E-2", "meridian-nl", "Bolt"),
        approved("E-1", 1, "120.00"),
        approved("E-1", 2, "80.00"),
        approved("E-1", 3, "50.00", "GBP"),
        approved("E-2", 3, "999.00"),
    ]
    append(databases, events, at=NOON + timedelta(days=4))
    sweep(databases, NOON + timedelta(days=20))
    drain(databases, Processing(ByReference()))
    upload(databases, IN_ERP, name="time-in-erp", watermark=NOON + timedelta(days=19))
    run(databases, NOON + timedelta(days=19), name="time-in-erp")
    with opened(databases, folder) as found:
        yield found
    databases.close()


def march(house: House) -> Any:
    return house.get("/v1/month-end", **MARCH)


def test_a_kpi_is_told_with_its_parts_and_its_cases(house: House):
    found = house.get("/v1/kpis", window="all", by="client", currency="EUR")
    [one] = [each for each in found["items"] if each["unit"] == "money"]
    assert (one["value"], one["unconverted"], one["meets"]) == ("1199.00", ["GBP"], False)
    assert [(part["of"], part["value"]) for part in one["groups"]] == [
        ("Acme", "200.00"),
        ("Bolt", "999.00"),
    ]
    page = house.get("/v1/kpis/unbilled-approved-time/cases", limit=3)
    assert [case["at"][:10] for case in page["items"]] == ["2026-03-03", "2026-03-04", "2026-03-05"]
    rest = house.get("/v1/kpis/unbilled-approved-time/cases", limit=3, cursor=page["next_cursor"])
    assert [case["case"] for case in rest["items"]] == ["E-2"]
    assert rest["next_cursor"] is None


def test_the_cases_behind_a_kpi_are_those_of_the_part_that_is_meant(house: House):
    path = "/v1/kpis/unbilled-approved-time/cases"
    acme = house.get(path, within="client=Acme", limit=2)
    rest = house.get(path, within="client=Acme", cursor=acme["next_cursor"])
    assert [one["case"] for one in acme["items"] + rest["items"]] == ["E-1"] * 3
    assert [one["case"] for one in house.get(path, within="client=Bolt")["items"]] == ["E-2"]
    assert house.get(path, within="client=Nobody") == {"items": [], "next_cursor": None}
    assert house.http.get(path, params={"within": "weather=wet"}).status_code == 400


def test_what_is_open_of_a_month_is_that_of_the_legal_entity(house: House):
    found = march(house)
    assert not found["ready"]
    assert found["unbilled"]["lines"] == 3
    assert found["unbilled"]["money"] == [
        {"amount": "200", "currency": "EUR"},
        {"amount": "50", "currency": "GBP"},
    ]
    assert [line["case"] for line in found["blockers"]["items"]] == ["E-1"] * 3
    assert sum(one["lines"] for one in found["unbilled"]["ages"]) == 3
    assert found["signed"] is None
    assert house.get("/v1/month-end", entity="meridian-uk", period="2026-02")["ready"]


def test_books_are_those_of_the_legal_entity_and_its_month(house: House):
    def books(**asked: str) -> tuple[str, int, list[Any]]:
        [one] = house.get("/v1/month-end", **asked)["reconciliations"]
        return one["state"], one["broken"], one["money"]

    assert books(**MARCH) == ("breaks", 1, [{"amount": "50", "currency": "GBP"}])
    dutch = {"entity": "meridian-nl", "period": "2026-03"}
    assert books(**dutch) == ("breaks", 1, [{"amount": "999", "currency": "EUR"}])
    assert books(entity="meridian-uk", period="2026-02") == ("reconciled", 0, [])
    assert books(entity="meridian-de", period="2026-03") == ("reconciled", 0, [])


def test_a_month_that_is_not_over_is_not_signed_off(house: House):
    future = {"entity": "meridian-uk", "period": "2099-12"}
    house.post("/v1/month-end/sign-off", future, expect=422)
    house.post("/v1/month-end/sign-off", {**MARCH, "period": "2026-13"}, expect=400)


def test_nobody_signs_off_for_a_legal_entity_of_which_there_is_no_case(house: House):
    said = house.post("/v1/month-end/sign-off", {**MARCH, "entity": "meridian-u"}, expect=422)
    (error,) = said["errors"]
    assert (error["pointer"], "'meridian-u'" in error["detail"]) == ("/entity", True)


def test_a_sign_off_keeps_what_was_open_and_tells_what_became_of_it(house: House):
    told = house.post("/v1/month-end/sign-off", {**MARCH, "comment": "As agreed"}, expect=201)
    assert told["open"] == 6
    house.post("/v1/month-end/sign-off", MARCH, expect=409)
    record = house.get("/v1/month-end/sign-off", **MARCH)
    invoice = event("sb.invoice.issued", "E-1", 40, timesheet_ids=["T-E-1-1", "T-E-1-3"])
    append(house.databases, [invoice], at=NOON + timedelta(days=41))
    house.send()
    outcome = march(house)["signed"]["outcome"]
    assert (outcome["open"], outcome["cleared"], outcome["still_open"]) == (6, 2, 4)
    held, unbilled = outcome["kinds"]
    assert (held["kind"], held["open"], held["cleared"]) == ("blocker", 3, 0)
    assert (unbilled["kind"], unbilled["open"], unbilled["cleared"]) == ("unbilled", 3, 2)
    assert held["money_still_open"] == [
        {"amount": "200.00", "currency": "EUR"},
        {"amount": "50.00", "currency": "GBP"},
    ]
    assert unbilled["money_still_open"] == [{"amount": "80", "currency": "EUR"}]
    assert house.get("/v1/month-end/sign-off", **MARCH) == record
    before = house.get("/v1/month-end", entity="meridian-uk", period="2026-04")["before"]
    assert (before["period"], before["outcome"]) == ("2026-03", outcome)
    with reading(house.databases.state) as connection:
        kept = find(connection, "meridian-uk", "2026-03")
    assert kept is not None
    assert kept.digest == digest_of(kept.lines) == told["digest"]


def test_exceptions_and_promises_are_counted_as_they_came_and_went(house: House):
    first = house.get("/v1/exceptions", case="E-1", limit=1)["items"][0]["id"]
    house.post(f"/v1/exceptions/{first}/resolve", {"reason": "Invoiced by hand"}, expect=200)
    found = house.get("/v1/kpis", window="3650d")["items"]
    counts = {one["kpi"]: one["value"] for one in found if one["unit"] == "count"}
    assert counts == {
        "raised": "4.00",
        "standing": "5.00",
        "mended": "1.00",
        "kept": "0.00",
        "broken": "4.00",
    }
    cases = {
        name: [one["case"] for one in house.get(f"/v1/kpis/{name}/cases", window="3650d")["items"]]
        for name in counts
    }
    assert sorted(cases["raised"]) == sorted(cases["broken"]) == ["E-1", "E-1", "E-1", "E-2"]
    assert sorted(cases["standing"]) == ["E-1", "E-1", "E-1", "E-2", "E-2"]
    assert cases["mended"] == ["E-1"]
    page = house.get("/v1/kpis/broken/cases", window="3650d", limit=1)
    rest = house.get("/v1/kpis/broken/cases", window="3650d", cursor=page["next_cursor"])
    assert [one["case"] for one in page["items"] + rest["items"]] == cases["broken"]
    late = house.get("/v1/slas/time-to-invoice/cases", window="3650d")["items"]
    assert [one["case"] for one in late] == cases["broken"]


def test_before_and_after_are_told_with_what_they_rest_on(house: House):
    found = house.get("/v1/roi", split="2026-03-20", forecasts="true", process="small-billing")
    assert [one["figure"] for one in found["items"]] == [
        "reconciliation-breaks",
        "forecast-accuracy",
    ]
    [breaks, _] = found["items"]
    assert (breaks["before"]["value"], breaks["after"]["value"]) == (None, "2.00")
    assert breaks["before"]["because"] == "not enough data: no reconciliation ran to its end"
    assert (breaks["before"]["since"], breaks["before"]["until"]) == ("2026-02-18", "2026-03-19")
    for never in ("2026-02-30", "2099-01-01"):
        assert house.http.get("/v1/roi", params={"split": never}).status_code == 400


def test_a_replay_signs_the_same_off(house: House):
    report = verify(house.databases, ByReference())
    assert report.equal, [one for one in report.tables if not one.equal]


def test_a_month_ends_where_the_next_begins():
    assert month_of("2026-12")[1] == month_of("2027-01")[0] == datetime(2027, 1, 1, tzinfo=UTC)
