"""What stands, and which incidents, follow from the set of events: not from their order."""

import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projecting import NOON, ByReference, append, drain, installation, register, sweep
from small_billing import PROCESS, happened, install_in_log

from controlplane.blast import BlastRadius, blast_radius
from controlplane.database import Databases, reading
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from governance.exception.at_risk import COST_OF_CAPITAL
from governance.exception.inbox import Wanted
from governance.exception.inbox.stores import list_exceptions
from governance.exception.incident_stores import list_incidents
from governance.exception.process_exception import ProcessException
from governance.handling.policy import BUILT_IN
from observability.event import ProcessEvent
from observability.model.coherence import read_model

LATE = NOON + timedelta(days=9)
POLICY = """
handling: default
version: 1.0.0
classes: [{types: [EVENT_MISSING], team: finance}]
causes:
  - cause: invoice-run
    title: The invoice run was missed
    matchers: [type = EVENT_MISSING]
    by: [sla, due_on]
"""


def euros(amount: int) -> dict[str, str]:
    return {"amount": f"{amount}.00", "currency": "EUR"}


def story() -> list[ProcessEvent]:
    told = []
    for number in (1, 2, 3, 4):
        case, at = f"E-{number}", NOON + timedelta(hours=number)
        value = euros(250 if number == 1 else 9_000)
        told.append(
            happened("sb.engagement.signed", f"s-{number}", at, engagement_id=case, value=value)
        )
        for each in (1, 2):
            sheet = {"timesheet_id": f"T-{number}{each}", "amount": euros(100 * number * each)}
            told.append(
                happened("sb.time.approved", f"t-{number}{each}", at, engagement_id=case, **sheet)
            )
    billed = NOON + timedelta(hours=30)
    told.append(
        happened("sb.invoice.issued", "i-1", billed, engagement_id="E-4", timesheet_ids=["T-41"])
    )
    order = {"engagement_id": "E-3", "value": euros(9_000), "po_number": "PO-1"}
    told.append(happened("sb.engagement.signed", "s-5", billed, **order))
    return told


STORY = story()


def work(batches: list[list[ProcessEvent]], limit: int, folder: str) -> Databases:
    databases = installation(Path(folder))
    install_in_log(databases)
    register(databases, "handling", POLICY)
    for batch in batches:
        append(databases, batch)
        drain(databases, Processing(ByReference()), limit=limit)
    sweep(databases, LATE)
    drain(databases, Processing(ByReference()))
    return databases


def seen(databases: Databases) -> dict[str, Any]:
    with reading(databases.state) as state:
        page = list_exceptions(state, Wanted(status=("open",)), at=LATE, limit=500)
        incidents = list_incidents(state, BUILT_IN, at=LATE)
    standing = {
        (one.case_key, one.rule, one.occurrence): (
            one.line,
            one.reason,
            one.owner,
            one.blocked,
            one.remaining,
            one.incident,
        )
        for one in page.items
    }
    told = [(o.incident, o.exceptions, o.cases, o.money.blocked, o.owners) for o in incidents]
    hanging = {one.occurrence: _hanging(databases, one) for one in page.items}
    return {
        "standing": standing,
        "money": page.money.blocked,
        "incidents": told,
        "hanging": hanging,
    }


def _hanging(databases: Databases, one: ProcessException) -> BlastRadius:
    with reading(databases.state) as state:
        return blast_radius(
            state, one, read_model(PROCESS), at=LATE, cost_of_capital=COST_OF_CAPITAL
        )


@pytest.fixture(scope="module")
def in_order() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        databases = work([STORY], 500, folder)
        found = seen(databases)
        databases.close()
    return found


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    order=st.permutations([*STORY, *STORY[3:7]]),
    cut=st.integers(0, 18),
    limit=st.sampled_from([1, 3, 500]),
)
def test_any_order_any_duplication_and_any_batching_leave_the_same_exceptions_and_incidents(
    in_order, order, cut, limit
):
    with tempfile.TemporaryDirectory() as folder:
        databases = work([order[:cut], order[cut:]], limit, folder)
        assert seen(databases) == in_order
        assert verify(databases, ByReference()).equal
        databases.close()


def test_what_hangs_on_an_exception_are_later_steps_other_cases_and_their_money(in_order):
    unordered = in_order["hanging"]["T-12"]
    assert [one.title for one in unordered.downstream] == ["Invoiced"]
    assert (unordered.cases, unordered.exceptions) == (1, 2)  # its own, and the late invoice
    late = in_order["hanging"]["time-to-invoice:T-12"]
    assert (late.cases, late.exceptions) == (4, 8)
    assert late.money.blocked == in_order["incidents"][0][3]
    billed = in_order["hanging"]["T-41"]
    assert billed.downstream == []


def test_the_story_is_one_incident_of_all_cases_and_money_is_counted_once(in_order):
    [(incident, members, cases, blocked, owners)] = in_order["incidents"]
    assert incident.title == "The invoice run was missed"
    assert incident.labels == {"sla": "time-to-invoice", "due_on": "2026-03-04"}
    assert (members, cases, owners) == (7, 4, ("finance",))
    [figure] = blocked
    lines = 100 + 200 - 50 + 200 + 400 + 300 + 600 + 800  # of E-1 only 250 are left to bill
    assert figure.amount == Decimal(lines)
    [everything] = in_order["money"]  # the same lines, and the one that was billed unordered
    assert everything.amount == Decimal(lines + 400)
