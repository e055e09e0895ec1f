"""What a correction changed is told: breaches, exceptions and money, case by case."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from house import opened
from msgspec.structs import replace
from projecting import NOON, ByReference, answer, append, ask, drain, register, sweep
from small_billing import CALENDAR, PROCESS, SLA, happened, install_in_log

from controlplane.correcting import stores
from controlplane.correcting.correction import Correction, Member
from controlplane.correcting.telling import of_case, sentence
from controlplane.database import Databases, reading
from controlplane.pipeline import reconsidering
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from governance.exception.at_risk import AtRisk
from governance.exception.inbox.stores import list_exceptions
from governance.exception.inbox.wanted import Wanted
from governance.ledger import stores as ledger
from observability.event import ProcessEvent
from observability.projection import reconsideration_stores
from rules.money import Money

LATER = NOON + timedelta(days=9)
ON_SQLITE = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


def euros(amount: int) -> dict[str, str]:
    return {"amount": f"{amount}.00", "currency": "EUR"}


def told(id_: str, type_: str, case: str = "E-1", hours: int = 0, **data: Any) -> ProcessEvent:
    at = NOON + timedelta(hours=hours)
    return happened(f"sb.{type_}", id_, at, engagement_id=case, **data)


def engagement(number: int) -> list[ProcessEvent]:
    """An engagement with an order, and one week that nobody has invoiced."""
    case = f"E-{number}"
    signed = told(f"s-{number}", "engagement.signed", case, value=euros(9_000), po_number="PO-1")
    sheet = {"timesheet_id": f"T-{number}", "amount": euros(100 * number)}
    return [signed, told(f"t-{number}", "time.approved", case, 1, **sheet)]


def take(databases: Databases) -> None:
    drain(databases, Processing(ByReference()))


def begun(databases: Databases, engagements: int = 2) -> None:
    """Each of the engagements is late by now, and known to be."""
    install_in_log(databases)
    append(databases, [one for n in range(1, engagements + 1) for one in engagement(n)])
    take(databases)
    sweep(databases, LATER)
    take(databases)


def corrections(databases: Databases) -> list[tuple[Correction, list[Member]]]:
    """Return those since the firm was installed, the first of them first."""
    with reading(databases.state) as state:
        found = [one for _, one in reversed(stores.page(state, before=None, limit=50))]
        members = [[m for _, m in stores.members(state, one.id, limit=50)] for one in found]
    return [pair for pair in zip(found, members, strict=True) if pair[0].begun_at >= LATER]


def unlike(databases: Databases) -> list[str]:
    return [one.table for one in verify(databases, ByReference()).tables if not one.equal]


def test_an_invoice_told_late_withdraws_the_breach_and_says_what_it_was_worth(
    databases: Databases,
):
    begun(databases)
    billed = told("i-1", "invoice.issued", hours=4, timesheet_ids=["T-1"])
    append(databases, [billed], at=LATER)
    take(databases)
    [(one, members)] = corrections(databases)
    assert (one.kind, one.subject, one.cases) == ("evidence", "urn:psa/i-1", 1)
    assert sentence(one) == "1 breach withdrawn, 1 exception ended; EUR 100.00 less at risk"
    breach, exception = members
    assert (breach.change, breach.before, breach.after) == ("breach-withdrawn", "absent", "met")
    assert (breach.case_key, breach.object, breach.name) == ("E-1", "T-1", "time-to-invoice")
    assert exception.exception is not None
    with reading(databases.state) as state:
        [entry] = ledger.find_entries(state, action="case:evidence:corrected")
        [(_, of_the_case)] = stores.of_instance(state, breach.instance, limit=5)
    assert entry.detail["correction"] == one.id
    assert of_case(one, of_the_case) == sentence(one)
    among_others = replace(one, cases=2)
    assert of_case(among_others, of_the_case) == "1 breach withdrawn, 1 exception ended"
    assert unlike(databases) == []


@ON_SQLITE
def test_an_invoice_that_is_issued_late_corrects_nothing(databases: Databases):
    begun(databases)
    append(databases, [told("i-1", "invoice.issued", hours=216, timesheet_ids=["T-1"])], at=LATER)
    take(databases)
    assert corrections(databases) == []


@ON_SQLITE
def test_what_a_retraction_changed_is_answered_and_audited(databases: Databases):
    begun(databases)
    body = {"source": "urn:psa", "id": "t-2", "reason": "booked on the wrong client"}
    command = ask(databases, "event:retract", body, at=LATER)
    take(databases)
    [(one, members)] = corrections(databases)
    assert answer(databases, command).body["correction"] == one.id
    assert (one.subject, one.because) == ("urn:psa/t-2", "booked on the wrong client")
    assert sentence(one) == "1 breach withdrawn, 1 exception ended; EUR 200.00 less at risk"
    assert {member.case_key for member in members} == {"E-2"}
    assert (one.ended_at, unlike(databases)) == (LATER, [])


def test_a_shorter_promise_is_one_correction_of_many_pieces(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reconsidering, "PIECE", 2)
    monkeypatch.setattr(reconsidering, "AT_ONCE", 1)
    begun(databases, engagements=5)
    register(databases, "sla", SLA.replace("1.0.0", "2.0.0").replace("days: 2", "days: 20"))
    take(databases)
    with reading(databases.state) as state:
        assert reconsideration_stores.first(state) is not None
    [(so_far, _)] = corrections(databases)
    assert (so_far.ended_at, so_far.cases) == (None, 2)
    sweep(databases, LATER + timedelta(seconds=1))
    take(databases)
    [(one, members)] = corrections(databases)
    assert (one.kind, one.subject, one.cases) == ("definition", "sla time-to-invoice 2.0.0", 5)
    assert sentence(one) == "5 breaches withdrawn, 5 exceptions ended; EUR 1,500.00 less at risk"
    assert len(members) == one.members == 10
    assert (one.ended_at, unlike(databases)) == (LATER + timedelta(seconds=1), [])


@ON_SQLITE
def test_an_objective_that_is_retired_and_a_calendar_that_changes_say_what_they_changed(
    databases: Databases,
):
    begun(databases, engagements=1)
    closed = CALENDAR.replace("1.0.0", "2.0.0").replace('  mon: ["09:00-17:00"]\n', "")
    moved = closed.replace('  wed: ["09:00-17:00"]\n', "").replace('  fri: ["09:00-17:00"]\n', "")
    register(databases, "calendar", moved, at=LATER)
    ask(databases, "document:retire", {"kind": "sla", "name": "time-to-invoice"}, at=LATER)
    take(databases)
    (calendar, _), (retired, members) = corrections(databases)
    assert (calendar.subject, sentence(calendar)) == (
        "calendar always-nine-to-five 2.0.0",
        "nothing changed",
    )
    assert retired.subject == "sla time-to-invoice 1.0.0 retired"
    assert sentence(retired) == "1 breach withdrawn, 1 exception ended; EUR 100.00 less at risk"
    assert [one.after for one in members] == ["", "resolved"]
    assert unlike(databases) == []


def test_keys_that_part_again_leave_each_case_what_is_its_own(databases: Databases):
    begun(databases)
    with reading(databases.state) as state:
        page = list_exceptions(state, Wanted(status=("open",)), at=LATER).items
    late = {one.case_key: one.id for one in page}
    ask(databases, "exception:acknowledge", {"exception": late["E-2"], "note": "mine"}, at=LATER)
    joined = {"process": "small-billing", "case": "E-1", "aliases": ["E-2"], "reason": "a guess"}
    for verb in ("put", "withdraw"):
        ask(databases, f"alias:{verb}", joined, at=LATER)
    take(databases)
    (together, _), (apart, _) = corrections(databases)
    assert (together.because, apart.because) == ("joined with E-2", "a guess")
    assert (sentence(together), sentence(apart)) == ("nothing changed", "nothing changed")
    with reading(databases.state) as state:
        page = list_exceptions(state, Wanted(), at=LATER).items
    assert {one.case_key: (one.id, one.state) for one in page} == {
        "E-1": (late["E-1"], "open"),
        "E-2": (late["E-2"], "acknowledged"),
    }
    assert unlike(databases) == []


@ON_SQLITE
def test_what_one_piece_changes_and_another_changes_back_is_not_told(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reconsidering, "PIECE", 1)
    monkeypatch.setattr(reconsidering, "AT_ONCE", 50)
    begun(databases)
    other = PROCESS.replace("1.0.0", "2.0.0").replace("sb.time.approved]", "sb.time.sent]")
    register(databases, "process", other, at=LATER)
    take(databases)
    register(databases, "process", PROCESS.replace("1.0.0", "3.0.0"), at=LATER)
    take(databases)
    (without, _), (again, members) = corrections(databases)
    unchecked = "2 exceptions ended, 2 opened"  # without its event no rule knows a week's fields
    assert sentence(without) == f"2 breaches withdrawn, {unchecked}; EUR 300.00 less at risk"
    assert sentence(again) == f"2 breaches added, {unchecked}; EUR 300.00 more at risk"
    assert (again.members, len(members)) == (6, 6)
    assert unlike(databases) == []


def test_a_sentence_names_each_figure_and_its_currency():
    less, more = (
        Money(amount=n, currency=c) for n, c in ((Decimal(-40_000), "EUR"), (Decimal(5), "GBP"))
    )
    one = Correction(
        id="c",
        kind="definition",
        subject="",
        because="",
        actor="",
        begun_at=NOON,
        ended_at=None,
        cases=20,
        members=15,
        breaches_withdrawn=12,
        breaches_added=3,
        exceptions_ended=0,
        exceptions_opened=0,
        money=AtRisk(blocked=[less], exposure=[more]),
    )
    assert sentence(one) == (
        "12 breaches withdrawn, 3 added; EUR 40,000.00 less at risk; GBP 5.00 more exposed"
    )


@ON_SQLITE
def test_corrections_are_read_over_http_page_by_page_and_stand_in_the_case(
    databases: Databases, tmp_path: Path
):
    begun(databases)
    body = {"source": "urn:psa", "ids": ["t-1", "t-2"], "reason": "a trial run"}
    ask(databases, "event:retract", body, at=LATER)
    take(databases)
    with opened(databases, tmp_path) as house:
        [one] = house.get("/v1/corrections", kind="retraction")["items"]
        assert one["summary"] == "2 breaches withdrawn, 2 exceptions ended; EUR 300.00 less at risk"
        assert one["money"]["blocked"] == [{"amount": "-300.00", "currency": "EUR"}]
        page = house.get(f"/v1/corrections/{one['id']}", limit=3)
        rest = house.get(f"/v1/corrections/{one['id']}", cursor=page["next_cursor"])
        assert (len(page["items"]), len(rest["items"]), rest["next_cursor"]) == (3, 1, None)
        timeline = house.get(f"/v1/instances/{page['items'][0]['instance']}/timeline")["items"]
        [told] = [line for line in timeline if line["kind"] == "correction"]
        assert told["title"] == "1 breach withdrawn, 1 exception ended"
        assert told["note"] == "2 events of urn:psa: a trial run"
