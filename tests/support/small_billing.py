"""A small firm that bills its time: what tests of whole stories install and send."""

import base64
from datetime import datetime
from typing import Any

import msgspec
from projecting import NOON, ask, register
from running import Program

from controlplane.database import Databases
from observability.event import ProcessEvent

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
stages:
  - {stage: contract, title: Contract, owner: finance}
  - {stage: time, title: Time, owner: delivery}
  - {stage: billing, title: Billing, owner: finance}
start: [signed]
entities:
  engagement: {key: engagement_id, from: [sb.engagement.signed]}
  timesheet:
    key: timesheet_id
    from: [sb.time.approved]
    touched_by: {sb.invoice.issued: timesheet_ids}
money:
  amount: {entity: engagement, field: value}
  chain:
    - {name: quoted, entity: engagement, field: value}
    - {name: worked, entity: timesheet, field: amount}
"""
CALENDAR = """
calendar: always-nine-to-five
version: 1.0.0
title: Every weekday
zone: UTC
hours:
  mon: ["09:00-17:00"]
  tue: ["09:00-17:00"]
  wed: ["09:00-17:00"]
  thu: ["09:00-17:00"]
  fri: ["09:00-17:00"]
"""
SLA = """
sla: time-to-invoice
version: 1.0.0
title: Approved time is invoiced within two business days
process: small-billing
owner: finance
severity: high
per: timesheet
from: [time-approved]
to: [invoiced]
target: {business_days: 2}
calendar: always-nine-to-five
warn: [50]
money: object.amount
"""
RULES = """
ruleset: small-billing-rules
version: 1.0.0
title: What may be billed
owner: finance
process: small-billing
rules:
  - rule: no-purchase-order
    version: 1.0.0
    title: Approved time has no purchase order to bill against
    question: Is there a purchase order?
    rationale: The client pays only against a purchase order.
    owner: finance
    severity: high
    type: PO_MISSING
    when:
      - each: timesheet as t
      - each: engagement as e
        where: [missing(e.po_number)]
    outcome: blocked
    occurrence: t
    reason: "Timesheet {t.timesheet_id} cannot be billed: the engagement has no purchase order."
    money: {blocked: t.amount}
    tests:
      - name: time without a purchase order is blocked
        given:
          - {timesheet: T-1, timesheet_id: T-1, amount: {amount: "10.00", currency: EUR}}
          - {engagement: E-1, engagement_id: E-1}
        fires: [T-1]
      - name: a purchase order lets it pass
        given:
          - {timesheet: T-1, timesheet_id: T-1, amount: {amount: "10.00", currency: EUR}}
          - {engagement: E-1, engagement_id: E-1, po_number: PO-7}
        fires: []
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
    tests:
      - name: a clock past its limit fires
        given:
          - clock: "time-to-invoice:T-1"
            sla: time-to-invoice
            object: T-1
            breached: true
            due_at: "2026-03-04T17:00:00Z"
        fires: ["time-to-invoice:T-1"]
      - name: a running clock does not
        given:
          - clock: "time-to-invoice:T-1"
            sla: time-to-invoice
            object: T-1
            breached: false
            due_at: "2026-03-04T17:00:00Z"
        fires: []
"""
MONEY_SCHEMA = {
    "type": "object",
    "required": ["amount", "currency"],
    "properties": {"amount": {"type": "string"}, "currency": {"type": "string"}},
}
CONTRACTS: dict[str, dict[str, Any]] = {
    "sb.engagement.signed": {
        "required": ["engagement_id", "value"],
        "properties": {
            "engagement_id": {"type": "string"},
            "po_number": {"type": "string"},
            "value": MONEY_SCHEMA,
        },
    },
    "sb.time.approved": {
        "required": ["engagement_id", "timesheet_id", "amount"],
        "properties": {
            "engagement_id": {"type": "string"},
            "timesheet_id": {"type": "string"},
            "amount": MONEY_SCHEMA,
        },
    },
    "sb.invoice.issued": {
        "required": ["engagement_id", "timesheet_ids"],
        "properties": {
            "engagement_id": {"type": "string"},
            "timesheet_ids": {"type": "array", "items": {"type": "string"}},
        },
    },
}


def install(program: Program) -> None:
    for team in ("finance", "delivery"):
        answer = program.http.put(f"/v1/teams/{team}", json={"name": team.title(), "members": []})
        assert answer.status_code in {200, 201}, answer.text
    for subject, schema in CONTRACTS.items():
        program.post(
            "/v1/contracts",
            {
                "subject": subject,
                "kind": "event",
                "format": "jsonschema",
                "domain": "billing",
                "owner": "finance",
                "system": "psa",
                "classification": "internal",
                "compatibility": "backward",
                "criticality": "high",
            },
            expect=201,
        )
        document = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            **schema,
        }
        program.post(
            f"/v1/contracts/{subject}/versions",
            {"version": "1.0.0", "document": document},
            expect=201,
        )
        program.post(f"/v1/contracts/{subject}/versions/1.0.0/transitions", {"to": "published"})
    program.put_yaml("/v1/calendars/always-nine-to-five", CALENDAR)
    program.put_yaml("/v1/processes/small-billing", PROCESS)
    program.put_yaml("/v1/slas/time-to-invoice", SLA)
    program.put_yaml("/v1/rulesets/small-billing-rules/versions/1.0.0", RULES)
    program.post("/v1/rulesets/small-billing-rules/versions/1.0.0/transitions", {"to": "active"})


def install_in_log(databases: Databases) -> None:
    """Ask for the same by commands in the log, for a worker without its processes."""
    ask(databases, "team:put", {"team": "finance", "name": "Finance"})
    for subject, schema in CONTRACTS.items():
        register_contract(databases, subject, schema)
    for kind, text in (
        ("calendar", CALENDAR),
        ("process", PROCESS),
        ("sla", SLA),
        ("ruleset", RULES),
    ):
        register(databases, kind, text)


def register_contract(databases: Databases, subject: str, schema: dict[str, Any]) -> None:
    contract = {
        "kind": "event",
        "format": "jsonschema",
        "domain": "billing",
        "owner": "finance",
        "system": "psa",
        "classification": "internal",
        "compatibility": "backward",
        "criticality": "high",
    }
    ask(databases, "contract:register", {"subject": subject, **contract})
    publish(databases, subject, "1.0.0", schema)


def publish(
    databases: Databases, subject: str, version: str, schema: dict[str, Any], *, at: datetime = NOON
) -> None:
    document = msgspec.json.encode({"type": "object", **schema})
    named = {"subject": subject, "version": version}
    content = {"content": base64.b64encode(document).decode(), "media_type": "application/json"}
    ask(databases, "contract:version:create", {**named, **content}, at=at)
    ask(databases, "contract:version:transition", {**named, "to": "published"}, at=at)


def happened(type_: str, id_: str, at: datetime, **data: Any) -> ProcessEvent:
    return ProcessEvent(source="urn:psa", id=id_, type=type_, occurred_at=at, data=data)


def event(type_: str, id_: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": f"{type_}.v1",
        "source": "urn:psa",
        "id": id_,
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
