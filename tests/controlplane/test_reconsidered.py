"""What is newly in force has a say in what was told before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from projecting import NOON, ByReference, append, contents, drain, installation, register, sweep
from small_billing import CONTRACTS, PROCESS, RULES, happened, install_in_log, publish
from sqlalchemy import update

from controlplane.consumer import Consumer
from controlplane.database import Databases, reading, writing
from controlplane.pipeline import reconsidering
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from controlplane.ticker import clocks_due
from governance.exception import stores as exceptions
from governance.ledger import stores as ledger
from observability.event import ProcessEvent
from observability.log.entry import EVENT
from observability.projection import case_stores, reconsideration_stores
from observability.tables import STATE, log_entry

EUROS = {"amount": "100.00", "currency": "EUR"}
LATER = NOON + timedelta(hours=6)
TABLES = ("instance", "entity", "clock", "case_event", "case_key", "case_entity", "uncorrelated")
BY_ORDER = (
    PROCESS.replace("version: 1.0.0", "version: 2.0.0")
    .replace("keys: [engagement_id]", "keys: [engagement_id, order_id]")
    .replace("activity: time-approved", "activity: hours-approved")
    .replace("  timesheet:\n", "  sheet:\n")
    .replace("entity: timesheet", "entity: sheet")
)


def story() -> list[ProcessEvent]:
    """Two engagements that one order joins, and hours that wait for a name."""
    events = []
    for number in (1, 2):
        signed = happened(
            "sb.engagement.signed",
            f"s-{number}",
            NOON + timedelta(minutes=number),
            engagement_id=f"E-{number}",
            order_id="O-1",
            value={"amount": "9000.00", "currency": "EUR"},
        )
        approved = happened(
            "sb.time.approved",
            f"t-{number}",
            NOON + timedelta(minutes=10 + number),
            engagement_id=f"E-{number}",
            timesheet_id=f"T-{number}",
            amount=EUROS,
        )
        events += [signed, approved]
    waiting = ProcessEvent(
        source="urn:psa",
        id="w-1",
        type="sb.time.approved",
        occurred_at=NOON + timedelta(hours=1),
        subject="O-1",
        data={"timesheet_id": "T-9", "amount": EUROS},
    )
    return [*events, waiting]


def take(databases: Databases) -> None:
    drain(databases, Processing(ByReference()))


def unlike(databases: Databases) -> list[str]:
    return [one.table for one in verify(databases, ByReference()).tables if not one.equal]


def audited(databases: Databases, action: str = "reconsidered") -> list[tuple[str, dict]]:
    with reading(databases.state) as state:
        found = ledger.find_entries(state, action=f"process:cases:{action}")
    return [(one.actor, one.detail) for one in found]


@contextmanager
def told_afterwards(folder: Path, *models: str) -> Iterator[Databases]:
    """The same firm where everything is in force before anything is told."""
    databases = installation(folder)
    install_in_log(databases)
    for model in models:
        register(databases, "process", model)
    take(databases)
    append(databases, story())
    take(databases)
    yield databases
    databases.close()


def test_events_told_before_there_was_a_model_become_its_cases(
    databases: Databases, tmp_path: Path
):
    append(databases, story())
    take(databases)
    assert contents(databases, STATE, "instance")["instance"] == []
    install_in_log(databases)
    take(databases)
    with told_afterwards(tmp_path / "other") as other:
        assert contents(databases, STATE, *TABLES) == contents(other, STATE, *TABLES)
    (actor, detail) = audited(databases)[-1]  # the newest come first
    assert (actor, detail["because"]) == ("ana", "process small-billing 1.0.0")
    assert detail["events"] == 5
    assert unlike(databases) == []


def test_a_new_model_places_what_the_old_one_had_placed_otherwise(
    databases: Databases, tmp_path: Path
):
    install_in_log(databases)
    append(databases, story())
    take(databases)
    assert len(contents(databases, STATE, "instance")["instance"]) == 2
    register(databases, "process", BY_ORDER, at=LATER)
    take(databases)
    [case] = contents(databases, STATE, "instance")["instance"]
    assert (case["case_key"], case["events"]) == ("E-1", 5)
    with told_afterwards(tmp_path / "other", BY_ORDER) as other:
        ours, theirs = contents(databases, STATE, *TABLES), contents(other, STATE, *TABLES)
    assert {n for n in TABLES if ours[n] != theirs[n]} <= {"case_entity"}
    assert unlike(databases) == []


def test_a_state_that_an_objective_names_late_has_moved_its_clocks_all_along(
    databases: Databases, tmp_path: Path
):
    """What a field was, and since when, is told by events that came before anybody asked."""
    install_in_log(databases)
    append(databases, story())
    take(databases)
    promise = (
        "sla: worth-agreed\nversion: 1.0.0\nprocess: small-billing\nowner: finance\n"
        "per: timesheet\nfrom: [time-approved]\nto: [object.timesheet_id is T-1]\n"
        "target: {hours: 1}\n"
    )
    register(databases, "sla", promise, at=LATER)
    take(databases)
    clocks = contents(databases, STATE, "clock")["clock"]
    [met] = [one for one in clocks if one["sla"] == "worth-agreed" and one["target_at"]]
    assert (met["object_key"], met["target_at"]) == ("T-1", met["started_at"])
    assert unlike(databases) == []


def test_a_type_that_the_model_no_longer_knows_leaves_no_case_behind(databases: Databases):
    install_in_log(databases)
    append(databases, story())
    take(databases)
    register(
        databases,
        "process",
        PROCESS.replace("version: 1.0.0", "version: 2.0.0").replace("sb.", "xx."),
        at=LATER,
    )
    take(databases)
    left = contents(databases, STATE, "instance", "clock", "case_event", "entity")
    assert left == {"instance": [], "clock": [], "case_event": [], "entity": []}
    with reading(databases.state) as state:
        assert exceptions.unresolved_of(state, "small-billing") == []
    assert unlike(databases) == []


def test_a_long_past_is_reconsidered_piece_by_piece_and_work_goes_on_between(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reconsidering, "PIECE", 2)
    monkeypatch.setattr(reconsidering, "AT_ONCE", 1)
    monkeypatch.setattr("controlplane.consumer.A_SWEEP", 2)
    append(databases, story()[:-1])
    take(databases)
    install_in_log(databases)
    take(databases)
    with reading(databases.state) as state:
        assert reconsideration_stores.first(state) is not None
    assert clocks_due(databases.state, at=LATER)
    append(databases, story()[-1:])
    for minutes in range(20):
        sweep(databases, NOON + timedelta(minutes=minutes))
        take(databases)
    with reading(databases.state) as state:
        assert reconsideration_stores.first(state) is None
    with told_afterwards(tmp_path / "other") as other:
        sweep(other, NOON + timedelta(minutes=19))
        take(other)
        assert contents(databases, STATE, *TABLES) == contents(other, STATE, *TABLES)
    assert unlike(databases) == []


def test_a_contract_that_promises_more_lets_its_rules_be_asked(databases: Databases):
    """A rule names a field that no contract promises; then one is published that does."""
    install_in_log(databases)
    checked = RULES.replace("version: 1.0.0", "version: 2.0.0", 1).replace(
        "missing(e.po_number)", 'e.region == "north"'
    )
    register(databases, "ruleset", checked)
    [signed, *rest] = story()
    append(databases, [with_region(signed), *rest])
    take(databases)
    assert blocked(databases) == set()
    schema = CONTRACTS["sb.engagement.signed"]
    promised = {**schema["properties"], "region": {"type": "string"}}
    publish(
        databases, "sb.engagement.signed", "1.1.0", {**schema, "properties": promised}, at=LATER
    )
    take(databases)
    assert blocked(databases) == {"T-1"}
    assert ("ana", "contract sb.engagement.signed 1.1.0 published") in [
        (actor, detail["because"]) for actor, detail in audited(databases)
    ]
    assert unlike(databases) == []


def with_region(signed: ProcessEvent) -> ProcessEvent:
    return ProcessEvent(
        source=signed.source,
        id=signed.id,
        type=signed.type,
        occurred_at=signed.occurred_at,
        data={**signed.data, "region": "north"},
    )


def blocked(databases: Databases) -> set[str]:
    with reading(databases.state) as state:
        ids = case_stores.instances_of(state, "small-billing")
        found = exceptions.of_instances(state, ids)
    return {
        one.occurrence
        for those in found.values()
        for one in those
        if one.rule == "no-purchase-order" and one.standing
    }


def test_an_entry_that_cannot_be_read_holds_up_nothing_that_is_reconsidered(databases: Databases):
    append(databases, story())
    with writing(databases.log) as connection:
        spoil = update(log_entry).where(log_entry.c.kind == EVENT, log_entry.c.id == "t-2")
        connection.execute(spoil.values(payload=b"{"))
    consumer = Consumer(databases, Processing(ByReference()))
    while consumer.offset < 5:
        if consumer.offset == 3:
            consumer.pass_over("it cannot be read")
        else:
            consumer.step(1)
    install_in_log(databases)
    take(databases)
    assert len(contents(databases, STATE, "instance")["instance"]) == 2
    assert unlike(databases) == []
