"""An event that is taken back stays in the log; nothing rests on it any more."""

from datetime import timedelta
from typing import Any

from projecting import NOON, ByReference, answer, append, ask, drain, sweep
from small_billing import happened, install_in_log

from controlplane.correcting import stores
from controlplane.database import Databases, reading
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from governance.exception.inbox.stores import list_exceptions
from governance.exception.inbox.wanted import Wanted
from governance.ledger import stores as ledger
from observability.event import ProcessEvent
from observability.intake.retraction import RETRACTED
from observability.log import stores as log

LATER = NOON + timedelta(days=9)
EUROS = {"amount": "100.00", "currency": "EUR"}


def told(id_: str, type_: str, **data: Any) -> ProcessEvent:
    return happened(f"sb.{type_}", id_, NOON, engagement_id="E-1", **data)


STORY = [
    told("s-1", "engagement.signed", value={"amount": "9000.00", "currency": "EUR"}),
    told("t-1", "time.approved", timesheet_id="T-1", amount=EUROS),
    told("t-2", "time.approved", timesheet_id="T-2", amount=EUROS),
]


def take(databases: Databases) -> None:
    sweep(databases, LATER)
    drain(databases, Processing(ByReference()))


def standing(databases: Databases) -> set[tuple[str, str]]:
    with reading(databases.state) as state:
        found = list_exceptions(state, Wanted(status=("open",)), at=LATER).items
    return {(one.rule, one.occurrence) for one in found}


def retract(databases: Databases, *ids: str, reason: str = "booked twice") -> dict[str, Any]:
    body = {"source": "urn:psa", "ids": list(ids), "reason": reason}
    command = ask(databases, "event:retract", body, at=LATER, actor="olu")
    take(databases)
    return dict(answer(databases, command).body)


def test_what_rested_on_a_retracted_event_is_resolved_and_who_said_so_is_audited(
    databases: Databases,
):
    install_in_log(databases)
    append(databases, STORY)
    take(databases)
    late = {("invoice-late", f"time-to-invoice:T-{n}") for n in (1, 2)}
    assert standing(databases) == late | {("no-purchase-order", f"T-{n}") for n in (1, 2)}
    assert retract(databases, "t-1")["retracted"] == ["t-1"]
    assert standing(databases) == {
        ("invoice-late", "time-to-invoice:T-2"),
        ("no-purchase-order", "T-2"),
    }
    with reading(databases.state) as state:
        [entry] = ledger.find_entries(state, action="log:event:retracted")
    assert (entry.actor, entry.subject) == ("olu", "urn:psa")
    assert (entry.detail["ids"], entry.detail["reason"]) == (["t-1"], "booked twice")
    with reading(databases.log) as connection:
        assert log.find(connection, "urn:psa", "t-1") is not None
    assert [one.table for one in verify(databases, ByReference()).tables if not one.equal] == []


def test_an_event_that_is_retracted_before_it_comes_never_counts(databases: Databases):
    install_in_log(databases)
    assert retract(databases, "t-1", "t-2")["retracted"] == ["t-1", "t-2"]
    assert retract(databases, "t-2", reason="once more")["retracted"] == []
    append(databases, STORY)
    take(databases)
    assert standing(databases) == set()


def test_a_source_takes_back_its_own_events_by_an_event(databases: Databases):
    install_in_log(databases)
    append(databases, STORY)
    said = [
        ProcessEvent(source=source, id="b-1", type=RETRACTED, occurred_at=NOON, data=data)
        for source, data in (
            ("urn:psa", {"id": "t-1", "reason": "entered by mistake"}),
            ("urn:another", {"id": "t-2", "reason": "not its own"}),
        )
    ]
    append(databases, said)
    take(databases)
    assert {occurrence for _, occurrence in standing(databases)} == {"T-2", "time-to-invoice:T-2"}
    with reading(databases.state) as state:
        told = ledger.find_entries(state, action="log:event:retracted")
    assert {one.actor for one in told} == {"urn:psa", "urn:another"}


def test_events_that_are_taken_back_at_once_for_many_reasons_are_one_correction(
    databases: Databases,
):
    install_in_log(databases)
    append(databases, STORY)
    take(databases)
    said = [
        ProcessEvent(source="urn:psa", id=f"b-{n}", type=RETRACTED, occurred_at=NOON, data=data)
        for n, data in enumerate(
            ({"id": "t-1", "reason": "twice"}, {"id": "t-2", "reason": "another client's"})
        )
    ]
    append(databases, said)
    take(databases)
    assert standing(databases) == set()
    with reading(databases.state) as state:
        told = ledger.find_entries(state, action="log:event:retracted")
        corrections = [one for _, one in stores.page(state, before=None, limit=10)]
    assert {one.detail["reason"] for one in told} == {"twice", "another client's"}
    assert {one.detail["correction"] for one in told} == {one.id for one in corrections}
    [one] = corrections
    assert (one.subject, one.because) == ("2 events of urn:psa", "another client's; twice")


def test_a_retraction_is_not_taken_back(databases: Databases):
    install_in_log(databases)
    append(databases, STORY)
    back = {"id": "t-1", "reason": "twice"}
    append(
        databases,
        [ProcessEvent(source="urn:psa", id="b", type=RETRACTED, occurred_at=NOON, data=back)],
    )
    body = {"source": "urn:psa", "ids": ["b"], "reason": "it was right"}
    command = ask(databases, "event:retract", body, at=LATER)
    take(databases)
    refused = answer(databases, command)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/ids")


def test_what_no_event_is_called_by_is_not_retracted(databases: Databases):
    install_in_log(databases)
    longest = {"source": "€" * 300, "ids": ["€" * 300], "reason": "€" * 1_000}
    longer = [{"source": "€" * 301}, {"ids": ["€" * 301]}, {"reason": "€" * 1_001}]
    taken, *refused = (ask(databases, "event:retract", longest | one) for one in ({}, *longer))
    take(databases)
    assert answer(databases, taken).status == 200
    pointers = [answer(databases, one).body["errors"][0]["pointer"] for one in refused]
    assert pointers == ["/source", "/ids", "/reason"]


def test_an_alias_that_never_stood_cannot_be_withdrawn(databases: Databases):
    install_in_log(databases)
    append(databases, STORY)
    body = {"process": "small-billing", "case": "E-1", "reason": "a guess"}
    commands = [
        ask(databases, "alias:withdraw", {**body, "aliases": [one]}) for one in ("E-2", "E-1")
    ]
    take(databases)
    assert [answer(databases, one).status for one in commands] == [404, 404]
