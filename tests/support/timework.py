"""A small firm for tests of the API: time is approved, then invoiced within two days."""

import json
from typing import Any

SUBJECT = "work.timesheet.approved"
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Time is approved",
    "type": "object",
    "required": ["engagement_id", "timesheet_id", "amount"],
    "properties": {
        "engagement_id": {"type": "string"},
        "timesheet_id": {"type": "string"},
        "rate": {"type": "string"},
        "amount": {
            "type": "object",
            "required": ["amount", "currency"],
            "properties": {
                "amount": {"type": "string", "format": "decimal"},
                "currency": {"type": "string"},
            },
        },
    },
}
CALENDAR = """\
calendar: office
version: 1.0.0
title: Office
zone: Europe/Amsterdam
hours:
  mon: ["09:00-17:00"]
  tue: ["09:00-17:00"]
  wed: ["09:00-17:00"]
  thu: ["09:00-17:00"]
  fri: ["09:00-17:00"]
"""
PROCESS = """\
process: time-to-invoice
version: 1.0.0
title: Time to invoice
owner: finance
keys: [engagement_id]
activities:
  - activity: timesheet-approved
    title: Time approved
    stage: approve
    events: [work.timesheet.approved]
    repeats: true
  - {activity: invoice-issued, title: Invoice issued, stage: bill, events: [work.invoice.issued]}
stages:
  - {stage: approve, title: Approve, owner: delivery}
  - {stage: bill, title: Bill, owner: finance}
start: [timesheet-approved]
end: [invoice-issued]
entities:
  timesheet: {key: timesheet_id, from: [work.timesheet.approved]}
money:
  amount: {event: amount}
  chain:
    - {name: worked, entity: timesheet, field: amount}
"""
SLA = """\
sla: time-invoiced
version: 1.0.0
title: Approved time is invoiced within two business days
process: time-to-invoice
owner: finance
severity: high
per: case
from: [timesheet-approved]
to: [invoice-issued]
target: {business_days: 2}
calendar: office
warn: [50]
"""
RULESET = """\
ruleset: time-billing
version: 1.0.0
title: May this time be billed?
process: time-to-invoice
owner: finance
rules:
  - rule: time-without-rate
    version: 1.0.0
    title: Approved time has no rate
    question: Is there a rate for this time?
    severity: high
    type: RATE_MISSING
    when:
      - each: timesheet as t
        where: [missing(t.rate)]
    outcome: blocked
    occurrence: t
    reason: "Timesheet {t.timesheet_id} has no rate."
    money: {blocked: t.amount}
    tests:
      - name: time without a rate is blocked
        given: [{timesheet: TS-1, timesheet_id: TS-1, amount: {amount: "800.00", currency: EUR}}]
        fires: [TS-1]
"""
ROUTING = """\
routing: default
version: 1.0.0
receivers:
  - {receiver: finance-mail, email: {to: [finance@example.test]}}
  - {receiver: delivery-mail, email: {to: [delivery@example.test]}}
route:
  receiver: finance-mail
  group_by: [owner]
  group_wait_seconds: 0
  routes:
    - {matchers: ["stage = approve"], receiver: delivery-mail}
"""
CONTRACT = {
    "subject": SUBJECT,
    "kind": "event",
    "format": "jsonschema",
    "owner": "finance",
    "domain": "delivery",
    "system": "psa",
}


def approved(id_: str, case: str, **changes: Any) -> dict[str, Any]:
    data = {
        "engagement_id": case,
        "timesheet_id": f"TS-{id_}",
        "amount": {"amount": "800.00", "currency": "EUR"},
    }
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "/psa",
        "type": SUBJECT,
        "time": "2026-03-02T09:30:00Z",
        "data": {**data, **changes},
    }


def furnish(house: Any, *, rules: bool = True) -> None:
    """Register everything of the firm."""
    house.put("/v1/teams/finance", {"name": "Finance"}, expect=201)
    house.put("/v1/teams/delivery", {"name": "Delivery"}, expect=201)
    house.post("/v1/contracts", CONTRACT, expect=201)
    house.post(
        f"/v1/contracts/{SUBJECT}/versions",
        {"version": "1.0.0", "document": json.dumps(SCHEMA)},
        expect=201,
    )
    house.post(f"/v1/contracts/{SUBJECT}/versions/1.0.0/transitions", {"to": "published"})
    house.put_document("/v1/calendars/office", CALENDAR)
    house.put_document("/v1/processes/time-to-invoice", PROCESS)
    house.put_document("/v1/slas/time-invoiced", SLA)
    house.put_document("/v1/routing", ROUTING)
    if rules:
        house.put_document("/v1/rulesets/time-billing/versions/1.0.0", RULESET)
        house.post("/v1/rulesets/time-billing/versions/1.0.0/transitions", {"to": "active"})
