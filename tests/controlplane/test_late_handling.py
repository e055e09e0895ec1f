"""Time alone escalates what nobody works, and brings back what was waived; a replay agrees."""

from datetime import timedelta

import pytest
from projecting import NOON, ByReference, append, ask, drain, register, sweep
from small_billing import happened, install_in_log

from controlplane.database import Databases, reading
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from governance.exception import stores as exceptions
from governance.exception.inbox import Wanted
from governance.exception.inbox.stores import list_exceptions
from governance.exception.process_exception import ProcessException

DAY = timedelta(days=1)
ROUTING = """
routing: default
version: 1.0.0
receivers: [{receiver: everybody, email: {to: [all@example.test]}}]
route: {receiver: everybody, group_wait_seconds: 0}
"""
TEAM = {
    "team": "finance",
    "name": "Finance",
    "receivers": [{"receiver": "cfo", "email": {"to": ["cfo@example.test"]}}],
    "escalation": ["cfo"],
    "calendar": "always-nine-to-five",
}


@pytest.fixture
def firm(databases: Databases) -> Databases:
    """An approved timesheet without a purchase order, on a Monday at noon."""
    install_in_log(databases)
    register(databases, "routing", ROUTING)
    ask(databases, "team:put", TEAM)
    amount = {"amount": "100.00", "currency": "EUR"}
    value = {"amount": "9000.00", "currency": "EUR"}
    case = {"engagement_id": "E-1"}
    append(
        databases,
        [
            happened("sb.engagement.signed", "s-1", NOON, **case, value=value),
            happened("sb.time.approved", "t-1", NOON, **case, timesheet_id="T-1", amount=amount),
        ],
    )
    take(databases)
    return databases


def take(databases: Databases) -> None:
    drain(databases, Processing(ByReference()))


def unordered(databases: Databases) -> ProcessException:
    with reading(databases.state) as state:
        page = list_exceptions(state, Wanted(rule=("no-purchase-order",)), at=NOON)
    return page.items[0]


def lines(databases: Databases, id_: str) -> list[tuple[str, str]]:
    with reading(databases.state) as state:
        return [(one.actor, one.action) for one in exceptions.history(state, id_)]


def test_what_nobody_works_is_escalated_step_by_step_and_told_to_whom_the_team_names(
    firm: Databases,
):
    one = unordered(firm)
    assert (one.handling_due_at, one.resolve_due_at) == (
        NOON.replace(day=3, hour=17),
        NOON.replace(day=5, hour=17),
    )
    for days in (1, 2, 2, 6):
        sweep(firm, NOON + days * DAY)
    take(firm)
    late = [action for _, action in lines(firm, one.id) if action == "escalated"]
    assert (len(late), unordered(firm).escalated) == (2, 2)
    with reading(firm.state) as state:
        heard = state.exec_driver_sql("select distinct receiver from outbox").scalars().all()
    assert "finance/cfo" in heard
    assert verify(firm, ByReference()).equal


def test_a_waiver_that_ran_out_brings_the_exception_back_with_time_to_work_it(firm: Databases):
    one = unordered(firm)
    until = (NOON + 3 * DAY).isoformat()
    ask(firm, "exception:waive", {"exception": one.id, "until": until, "reason": "Agreed."})
    ask(firm, "exception:approve", {"exception": one.id}, actor="ben")
    sweep(firm, NOON + 2 * DAY)
    take(firm)
    assert (unordered(firm).state, unordered(firm).escalated) == ("waived", 0)
    sweep(firm, NOON + 3 * DAY)
    take(firm)
    back = unordered(firm)
    assert (back.state, back.waived_until, back.handled_from) == ("open", None, NOON + 3 * DAY)
    assert lines(firm, one.id)[-3:] == [
        ("ana", "waiver-asked"),
        ("ben", "waived"),
        ("controlplane", "waiver-expired"),
    ]
    assert verify(firm, ByReference()).equal
