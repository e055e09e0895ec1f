"""What an exception holds up is one figure: in the inbox, on its page, in health, at month end."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from house import House, opened
from projecting import ByReference, append, ask, drain, installation, register, sweep
from small_billing import CALENDAR, MONEY_SCHEMA, PROCESS, SLA, register_contract

from controlplane.pipeline.processing import Processing
from observability.event import ProcessEvent

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENGAGEMENTS = 30
INVOICED = """\
    - {name: invoiced, entity: invoice, field: amount}
"""
OF_INVOICES = PROCESS.replace(
    "entities:\n", "entities:\n  invoice: {key: invoice_id, from: [sb.invoice.issued]}\n"
)
TEXT = {"type": "string"}
CONTRACTS = {
    "sb.engagement.signed": {"value": MONEY_SCHEMA, "legal_entity": TEXT, "approved_by": TEXT},
    "sb.time.approved": {"timesheet_id": TEXT, "amount": MONEY_SCHEMA, "disputed": MONEY_SCHEMA},
    "sb.invoice.issued": {
        "invoice_id": TEXT,
        "amount": MONEY_SCHEMA,
        "timesheet_ids": {"type": "array", "items": TEXT},
    },
}
RULES = """
ruleset: small-billing-rules
version: 1.0.0
title: What may be billed
owner: finance
process: small-billing
rules:
  - rule: not-approved
    version: 1.0.0
    title: The client contract is not approved
    question: Is it?
    rationale: Nothing is billed before.
    owner: finance
    severity: high
    type: APPROVAL_MISSING
    when:
      - each: engagement as e
        where: [missing(e.approved_by)]
    outcome: blocked
    occurrence: e
    reason: "Engagement {e.engagement_id} is not approved."
    money: {blocked: e.value}
  - rule: half-of-it-is-disputed
    version: 1.0.0
    title: The client disputes half of it
    question: Does the client?
    rationale: It is not paid.
    owner: finance
    severity: medium
    type: DISPUTED
    when:
      - each: timesheet as t
        where: [missing(t.invoiced_at)]
    outcome: warning
    occurrence: t
    reason: "Timesheet {t.timesheet_id} is disputed."
    money: {blocked: t.disputed}
  - rule: invoice-late
    version: 1.0.0
    title: Approved time was not invoiced in time
    question: Was it?
    rationale: Time that is not invoiced is not paid.
    owner: finance
    severity: critical
    type: EVENT_MISSING
    when:
      - each: clock as c
        where: [c.sla == "time-to-invoice", c.state == "absent"]
    outcome: warning
    occurrence: c
    clock: c
    reason: "Timesheet {c.object} was due on an invoice by {c.due_at}."
    money: {blocked: c.amount}
"""


def euros(hundredths: int) -> dict[str, str]:
    return {"amount": f"{hundredths / 100:.2f}", "currency": "EUR"}


def told(type_: str, engagement: str, day: int, **data: Any) -> ProcessEvent:
    return ProcessEvent(
        id=f"{type_}:{engagement}:{day}",
        source="/erp",
        type=type_,
        occurred_at=NOON + timedelta(days=day),
        data={"engagement_id": engagement, **data},
    )


class Firm:
    """Random engagements, some billed to the end: `lines` and `left` by engagement, hundredths."""

    def __init__(self, seed: int) -> None:
        draw = Random(seed)
        self.lines: dict[str, dict[str, int]] = {}
        self.left: dict[str, int] = {}
        self.events: list[ProcessEvent] = []
        for number in range(ENGAGEMENTS):
            self._engagement(draw, f"E-{number}")

    def _engagement(self, draw: Random, name: str) -> None:
        value, approved = draw.randint(1, 900_00), draw.random() < 0.5
        who = {"approved_by": "ada"} if approved else {}
        signed = {"value": euros(value), "legal_entity": "meridian-uk", **who}
        self.events.append(told("sb.engagement.signed", name, 0, **signed))
        lines = {} if approved else {name: value}
        for day in range(1, draw.randint(2, 5)):
            sheet, amount = f"T-{name}-{day}", draw.randint(2, 400_00)
            sums = {"amount": euros(amount), "disputed": euros(amount // 2)}
            self.events.append(told("sb.time.approved", name, day, timesheet_id=sheet, **sums))
            lines[sheet] = amount
        billed = draw.choice([0, draw.randint(0, value), value, value + 100])
        if billed:
            [gone, *_] = sorted(one for one in lines if one != name)
            invoice = {"invoice_id": f"I-{name}", "amount": euros(billed), "timesheet_ids": [gone]}
            self.events.append(told("sb.invoice.issued", name, 9, **invoice))
            del lines[gone]
        self.lines[name], self.left[name] = lines, max(value - billed, 0)

    def blocked(self) -> Decimal:
        """Return the total: each line once, and no more of an engagement than it has left."""
        hundredths = sum(
            min(sum(lines.values()), self.left[name]) for name, lines in self.lines.items()
        )
        return Decimal(hundredths) / 100

    def at_most(self, engagement: str, line: str) -> Decimal:
        return Decimal(min(self.lines[engagement][line], self.left[engagement])) / 100


FIRM = Firm(seed=5)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    databases = installation(folder)
    process = OF_INVOICES.rstrip() + "\n" + INVOICED
    ask(databases, "team:put", {"team": "finance", "name": "Finance"})
    for subject, properties in CONTRACTS.items():
        register_contract(databases, subject, {"properties": {"engagement_id": TEXT, **properties}})
    for kind, text in (("calendar", CALENDAR), ("process", process), ("sla", SLA)):
        register(databases, kind, text)
    register(databases, "ruleset", RULES)
    append(databases, FIRM.events, at=NOON + timedelta(days=10))
    sweep(databases, NOON + timedelta(days=20))
    drain(databases, Processing(ByReference()))
    with opened(databases, folder) as found:
        yield found
    databases.close()


@pytest.fixture(scope="module")
def inbox(house: House) -> list[dict[str, Any]]:
    return house.get("/v1/exceptions", status="open", limit=200)["items"]


def held(one: dict[str, Any]) -> Decimal:
    return Decimal(one["money"]["blocked"]["amount"])


def amount_of(sums: list[dict[str, str]]) -> Decimal:
    return sum((Decimal(one["amount"]) for one in sums), Decimal())


def test_nothing_holds_up_more_than_what_is_left_to_bill(inbox: list[dict[str, Any]]):
    most: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for one in inbox:
        line = one["occurrence"].removeprefix("time-to-invoice:")
        most[one["case"], line] = max(most[one["case"], line], held(one))
    assert most == {
        (name, line): FIRM.at_most(name, line)
        for name, lines in FIRM.lines.items()
        for line in lines
    }
    assert min(map(held, inbox)) == 0 < max(map(held, inbox))


def test_what_holds_up_most_stands_first_and_what_holds_nothing_last(house: House):
    ranked = house.get("/v1/exceptions", status="open", limit=200, sort="amount")["items"]
    amounts = [held(one) for one in ranked]
    assert amounts == sorted(amounts, reverse=True)
    above = house.get("/v1/exceptions", status="open", limit=200, min_amount="0.01")
    assert above["total"] == sum(amount > 0 for amount in amounts)


def test_an_exception_says_on_its_own_page_what_the_inbox_says(
    house: House, inbox: list[dict[str, Any]]
):
    for one in inbox[:4] + inbox[-4:]:
        assert (
            house.get(f"/v1/exceptions/{one['id']}")["money"]["blocked"]
            == (one["money"]["blocked"])
        )


def test_the_total_is_one_and_the_same_on_every_screen(house: House):
    month = house.get("/v1/month-end", entity="meridian-uk", period="2026-03")["blockers"]
    health = house.get("/v1/processes/small-billing/health", window="all")
    shown = house.get("/v1/exceptions", status="open", limit=1)
    cases = [
        house.get("/v1/exceptions", status="open", limit=1, case=name)["money"]["blocked"]
        for name in FIRM.lines
    ]
    told = (
        shown["money"]["blocked"],
        month["money"],
        health["money"]["blocked"],
        health["money_at_risk"],
        [one for case in cases for one in case],
    )
    assert {amount_of(one) for one in told} == {FIRM.blocked()}
    at = health["as_of"]
    counted = house.get("/v1/exceptions", status="open,acknowledged", limit=1, as_of=at)
    work = health["exceptions"]
    assert [counted[name] for name in ("total", "breached", "at_risk")] == [
        work[name] for name in ("open", "breached", "at_risk")
    ]


def test_a_month_lists_what_holds_money_up_at_the_amounts_of_the_inbox(
    house: House, inbox: list[dict[str, Any]]
):
    month = house.get("/v1/month-end", entity="meridian-uk", period="2026-03")["blockers"]
    kept = {one["id"]: held(one) for one in inbox if held(one) > 0}
    assert month["lines"] == len(kept)
    assert {one["id"]: amount_of(one["money"]) for one in month["items"]} == kept
