"""Facts are typed by what contracts promise, and read exactly."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from controlplane.facts import fact
from controlplane.facttypes import fact_types, field_type
from governance.contract.published import PublishedContracts, PublishedVersion
from observability.model.model import Activity, EntityModel, Figure, MoneyModel, ProcessModel
from rules.fact import FactType
from rules.money import Money

MONEY = {
    "type": "object",
    "required": ["amount", "currency"],
    "properties": {"amount": {"type": "string"}, "currency": {"type": "string"}},
}
TIMESHEET = {"timesheet_id": {"type": "string"}, "hours": {"type": "number"}}


def published(**schemas: dict[str, object]) -> PublishedContracts:
    return PublishedContracts(
        versions={
            subject.replace("_", "."): (
                PublishedVersion(
                    subject=subject.replace("_", "."),
                    version="1.0.0",
                    format="jsonschema",
                    media_type="application/json",
                    artifact=msgspec.json.encode({"type": "object", "properties": properties}),
                    owner="delivery",
                ),
            )
            for subject, properties in schemas.items()
        }
    )


def model(**entities: EntityModel) -> ProcessModel:
    return ProcessModel(
        process="time-to-bill",
        version="1.0.0",
        title="Time to bill",
        owner="finance",
        activities=(
            Activity(activity="timesheet-approved", events=("time.approved",)),
            Activity(activity="invoice-issued", events=("invoice.issued",)),
        ),
        entities=entities
        or {
            "timesheet": EntityModel(
                key="timesheet_id",
                describing=("time.approved",),
                touched_by={"invoice.issued": "timesheet_ids"},
            )
        },
        money=MoneyModel(chain=(Figure(name="worked", entity="timesheet", field="amount"),)),
    )


def test_an_entity_shows_what_its_events_promise_and_when_it_was_touched():
    types = fact_types(model(), published(time_approved=TIMESHEET))
    assert types["timesheet"].fields == {
        "timesheet_id": "text",
        "hours": "decimal",
        "timesheet_approved_at": "instant",
        "invoice_issued_at": "instant",
    }


def test_the_case_shows_the_figures_of_its_money_chain_and_no_others():
    case = fact_types(model(), published())["case"]
    assert case.field("money_worked") == "money"
    assert case.field("money_invented") is None


def test_two_events_that_promise_one_field_differently_promise_nothing():
    entity = EntityModel(key="timesheet_id", describing=("time.approved", "time.submitted"))
    contracts = published(
        time_approved={"hours": {"type": "number"}}, time_submitted={"hours": {"type": "string"}}
    )
    assert "hours" not in fact_types(model(timesheet=entity), contracts)["timesheet"].fields


def test_an_event_without_a_published_contract_promises_its_key_alone():
    fields = fact_types(model(), published())["timesheet"].fields
    assert set(fields) == {"timesheet_id", "timesheet_approved_at", "invoice_issued_at"}


@pytest.mark.parametrize(
    ("promise", "expected"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": "string", "format": "date-time"}, "instant"),
        ({"type": "string", "format": "duration"}, "duration"),
        ({"enum": ["signed", "draft"]}, "text"),
        ({"const": True}, "boolean"),
        ({"type": "integer"}, "integer"),
        ({"type": "number"}, "decimal"),
        ({"type": ["number", "null"]}, "decimal"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "boolean"),
        ({"type": "array", "items": {"type": "string"}}, "texts"),
        ({"$ref": "#/$defs/money"}, "money"),
        ({"type": ["string", "number"]}, None),
        ({"enum": ["a", 1]}, None),
        ({"type": "object", "properties": {"street": {"type": "string"}}}, None),
        ({"type": "array", "items": {"type": "integer"}}, None),
        ({"$ref": "#/$defs/none"}, None),
        ({"$ref": "#/$defs/round"}, None),
        (True, None),
    ],
)
def test_a_promise_has_one_type_or_none(promise: object, expected: str | None):
    root = {"$defs": {"money": MONEY, "round": {"$ref": "#/$defs/round"}}}
    assert field_type(promise, root) == expected


EVERYTHING = FactType(
    name="timesheet",
    fields={
        "status": "text",
        "lines": "integer",
        "hours": "decimal",
        "amount": "money",
        "billable": "boolean",
        "work_date": "date",
        "approved_at": "instant",
        "waited": "duration",
        "tags": "texts",
    },
)


def test_a_state_is_read_exactly():
    state = {
        "status": "approved",
        "lines": 3,
        "hours": 37.1,
        "amount": {"amount": "800.10", "currency": "EUR"},
        "billable": True,
        "work_date": "2026-03-02",
        "approved_at": "2026-03-06T10:00:00+01:00",
        "waited": "PT36H",
        "tags": ["a", "b"],
        "beyond": "what no contract promises",
    }
    assert fact(EVERYTHING, "TS-1", state, "time/1").values == {
        "status": "approved",
        "lines": 3,
        "hours": Decimal("37.1"),
        "amount": Money(amount=Decimal("800.10"), currency="EUR"),
        "billable": True,
        "work_date": date(2026, 3, 2),
        "approved_at": datetime(2026, 3, 6, 9, tzinfo=UTC),
        "waited": timedelta(hours=36),
        "tags": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", 3),
        ("lines", "3"),
        ("lines", 3.5),
        ("lines", True),
        ("hours", "37.5"),
        ("hours", True),
        ("hours", float("inf")),
        ("amount", {"amount": 800.1, "currency": "EUR"}),
        ("amount", {"amount": "800.10"}),
        ("amount", {"amount": "800.10", "currency": "euro"}),
        ("amount", "800.10"),
        ("billable", "true"),
        ("billable", 1),
        ("work_date", "02/03/2026"),
        ("work_date", 20260302),
        ("approved_at", "2026-03-06T10:00:00"),
        ("waited", "two days"),
        ("tags", "a"),
        ("tags", ["a", 1]),
    ],
)
def test_what_is_mistyped_is_kept_as_it_came_and_not_guessed(field: str, value: object):
    state = {"status": "approved", field: value}
    kept = fact(EVERYTHING, "TS-1", state).values[field]
    text = msgspec.json.encode(value).decode()
    assert kept == ([text] if EVERYTHING.fields[field] == "text" else text)


def test_what_is_absent_or_null_is_simply_missing():
    assert fact(EVERYTHING, "TS-1", {"hours": None}).values == {}
