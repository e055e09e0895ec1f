"""A case that is called otherwise, or joined with another, keeps what people said and promised."""

from datetime import timedelta

import pytest
from projecting import NOON, ByReference, append, ask, drain
from small_billing import happened, install_in_log

from controlplane.database import Databases, reading
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from governance.decision import stores as decisions
from governance.exception import stores as exceptions
from governance.exception.inbox.stores import list_exceptions
from governance.exception.inbox.wanted import Wanted
from governance.exception.process_exception import ProcessException
from observability.event import ProcessEvent
from observability.projection import case_stores

EUROS = {"amount": "100.00", "currency": "EUR"}
LATER = NOON + timedelta(hours=1)


def hours(number: int) -> ProcessEvent:
    """Time of engagement E-*number* is approved at the hour of that number."""
    return happened(
        "sb.time.approved",
        f"t-{number}",
        NOON + timedelta(hours=number),
        engagement_id=f"E-{number}",
        timesheet_id=f"T-{number}",
        amount=EUROS,
    )


def signed(number: int) -> ProcessEvent:
    value = {"amount": "9000.00", "currency": "EUR"}
    at = NOON + timedelta(hours=number)
    return happened(
        "sb.engagement.signed", f"s-{number}", at, engagement_id=f"E-{number}", value=value
    )


def standing(databases: Databases) -> dict[str, ProcessException]:
    with reading(databases.state) as state:
        found = list_exceptions(state, Wanted(), at=LATER).items
    return {one.occurrence: one for one in found}


def lines(databases: Databases, id_: str) -> list[tuple[str, str, str]]:
    with reading(databases.state) as state:
        return [(one.actor, one.action, one.note) for one in exceptions.history(state, id_)]


def instances(databases: Databases) -> list[str]:
    with reading(databases.state) as state:
        return case_stores.instances_of(state, "small-billing")


def take(databases: Databases) -> None:
    drain(databases, Processing(ByReference()))


def work(databases: Databases, verb: str, exception: ProcessException, **body: object) -> None:
    asked = {"exception": exception.id, **body}
    ask(databases, f"exception:{verb}", asked, at=NOON + timedelta(minutes=5))
    take(databases)


@pytest.fixture
def firm(databases: Databases) -> Databases:
    """Two cases, each with a timesheet that has no purchase order."""
    install_in_log(databases)
    append(databases, [signed(4), hours(4), signed(6), hours(6)])
    take(databases)
    assert set(standing(databases)) == {"T-4", "T-6"}
    return databases


def join(firm: Databases, case: str, *aliases: str) -> None:
    ask(firm, "alias:put", {"process": "small-billing", "case": case, "aliases": list(aliases)})
    take(firm)


def unlike(firm: Databases) -> list[str]:
    return [one.table for one in verify(firm, ByReference()).tables if not one.equal]


def test_what_was_promised_stands_when_the_case_is_renamed(firm: Databases):
    before = standing(firm)["T-4"]
    work(
        firm, "acknowledge", before, note="The client sends it.", promised_at="2026-03-09T12:00:00Z"
    )
    work(firm, "assign", before, assignee="bob")
    append(firm, [happened("sb.engagement.signed", "s-0", NOON, engagement_id="O-4")])
    join(firm, "O-4", "E-4")
    after = standing(firm)["T-4"]
    assert after.instance != before.instance
    assert (after.id, after.state, after.assignee) == (before.id, "acknowledged", "bob")
    assert after.promised_at is not None
    told = lines(firm, before.id)
    assert ("ana", "acknowledged", "The client sends it.") in told
    assert ("controlplane", "moved", "") in told
    assert unlike(firm) == []


def test_every_exception_of_two_joined_cases_stands_once_with_its_history(firm: Databases):
    early, late = standing(firm)["T-4"], standing(firm)["T-6"]
    work(firm, "waive", late, until="2026-06-01T00:00:00Z", reason="Agreed.", sign_own=True)
    join(firm, "E-4", "E-6")
    with reading(firm.state) as state:
        both = exceptions.get_exceptions(state, [early.id, late.id])
        known = decisions.of_instance(state, early.instance)
    assert len(instances(firm)) == 1
    assert {one.instance for one in both.values()} == set(instances(firm))
    assert (both[early.id].state, both[late.id].state) == ("open", "waived")
    assert {one.instance for one in known} == set(instances(firm))
    assert unlike(firm) == []


def test_a_case_that_is_joined_twice_at_once_takes_its_exceptions_to_the_end(firm: Databases):
    before = standing(firm)["T-6"]
    work(firm, "comment", before, note="Asked twice.")
    waits = ProcessEvent(
        source="urn:psa",
        id="first-of-all",
        type="sb.engagement.signed",
        occurred_at=NOON - timedelta(days=1),
        subject="W-9",
    )
    append(firm, [waits])
    join(firm, "E-4", "E-6", "W-9")
    after = standing(firm)["T-6"]
    assert after.id == before.id
    assert [after.instance] == instances(firm)
    assert ("ana", "commented", "Asked twice.") in lines(firm, after.id)
    assert unlike(firm) == []
