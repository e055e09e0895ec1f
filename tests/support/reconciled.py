"""A small firm whose expense tool and ERP are to agree: events, a reconciliation, its runs."""

import base64
import zlib
from datetime import datetime, timedelta
from typing import Any

import msgspec
from projecting import NOON, ask, drain, register

from controlplane.database import Databases, reading
from controlplane.reconciling.__main__ import told
from controlplane.reconciling.order import Told
from observability.event import ProcessEvent
from observability.reconciliation import stores
from observability.reconciliation.run import Run, run_id

NAME = "expenses-to-erp"
HOUR = timedelta(hours=1)
MODEL = """
process: spending
version: 1.0.0
title: Spending
owner: finance
case: project
keys: [project_id]
activities:
  - {activity: approved, events: [sp.expense.approved], repeats: true}
  - {activity: posted, events: [sp.expense.posted], repeats: true}
start: [approved]
end: [posted]
entities:
  project: {key: project_id, from: [sp.project.opened]}
  expense: {key: expense_id, from: [sp.expense.approved, sp.expense.posted]}
"""
BY_EVENTS = f"""
reconciliation: {NAME}
version: 1.0.0
title: Expenses approved against expenses posted
owner: finance
process: spending
key: [expense_id]
total_by: [project_id]
money: amount
grace: {{hours: 1}}
every: {{hours: 24}}
compare: [{{field: amount, kind: money}}]
sides:
  - side: tool
    title: Expense tool
    from:
      - entity: expense
        told_by: [sp.expense.approved]
        at: approved_at
        case: project_id
  - side: erp
    title: ERP
    from: [{{entity: expense, told_by: [sp.expense.posted], at: posted_at}}]
"""
BY_EXTRACT = BY_EVENTS.replace(
    "from: [{entity: expense, told_by: [sp.expense.posted], at: posted_at}]",
    "fresh: {hours: 48}\n    from: [{extract: {}}]",
)

BY_EXTRACTS = BY_EXTRACT.replace("entity: expense", "extract: {}").replace(
    "        told_by: [sp.expense.approved]\n", ""
)


def event(type_: str, number: int, after: timedelta, **data: Any) -> ProcessEvent:
    return ProcessEvent(
        source=f"/sp/{type_}",
        id=f"{type_}-{number}-{after}",
        type=f"sp.expense.{type_}",
        occurred_at=NOON + after,
        data={"expense_id": f"X-{number}", "project_id": f"P-{number % 2}", **data},
    )


def amount(value: str, currency: str = "EUR") -> dict[str, str]:
    return {"amount": value, "currency": currency}


def approved(number: int, value: str = "100.00", after: timedelta = -24 * HOUR) -> ProcessEvent:
    return event("approved", number, after, amount=amount(value))


def posted(number: int, value: str = "100.00", after: timedelta = -23 * HOUR) -> ProcessEvent:
    return event("posted", number, after, amount=amount(value))


def furnished(databases: Databases, text: str = BY_EVENTS) -> None:
    register(databases, "process", MODEL, at=NOON - 48 * HOUR)
    register(databases, "reconciliation", text, at=NOON - 48 * HOUR)
    drain(databases)


def run(databases: Databases, at: datetime = NOON, *, name: str = NAME) -> Run:
    """Ask for a run, make it as its process does, and let the worker conclude it."""
    id_ = run_id(ask(databases, "reconciliation:ask", {"name": name}, at=at))
    drain(databases)
    conclude(databases, told(databases, id_), at)
    return kept(databases, id_)


def conclude(databases: Databases, what: Told, at: datetime = NOON) -> str:
    id_ = ask(databases, "reconciliation:conclude", msgspec.to_builtins(what), at=at)
    drain(databases)
    return id_


def kept(databases: Databases, id_: str) -> Run:
    with reading(databases.state) as state:
        found = stores.get_run(state, id_)
    assert found is not None
    return found


def upload(
    databases: Databases,
    content: bytes,
    *,
    watermark: datetime = NOON,
    name: str = NAME,
    side: str = "erp",
) -> None:
    id_ = f"{watermark}-{len(content)}"
    piece = {
        "extract": id_,
        "number": 0,
        "content": base64.b64encode(zlib.compress(content)).decode(),
    }
    ask(databases, "reconciliation:piece", piece, at=NOON)
    manifest = {
        "id": id_,
        "reconciliation": name,
        "side": side,
        "part": "",
        "media_type": "text/csv",
        "digest": f"{hash(content):x}",
        "size": len(content),
        "watermark": watermark.isoformat(),
        "total": {"lines": content.count(b"\n") - 1},
    }
    ask(databases, "reconciliation:extract", manifest, at=NOON)
    drain(databases)
