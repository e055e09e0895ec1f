from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from observability.event import IMPORTED, ProcessEvent
from observability.intake.candidate import Candidate, split_type
from observability.intake.limits import IntakeLimits
from observability.intake.rejection import Flaw
from observability.intake.soundness import payload_flaw
from observability.intake.validation import Contract, validate
from rules.refusal import Problem

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Promise:
    """A contract that wants `timesheet_id`."""

    reference = "ps.timesheet.approved@1.2.0"
    owner = "delivery"

    def __init__(self, unchecked: str | None = None) -> None:
        self.unchecked = unchecked

    def check(self, data: Mapping[str, object]) -> Sequence[Problem]:
        missing = "timesheet_id" not in data
        return [Problem(pointer="/timesheet_id", detail="is required")] if missing else []


class Registry:
    def __init__(self, unchecked: str | None = None) -> None:
        self._unchecked = unchecked

    def find(self, type_: str, major: int | None, dataschema: str | None) -> Contract | None:
        known = type_ == "ps.timesheet.approved" and major in (None, 1) and dataschema is None
        return Promise(self._unchecked) if known else None

    def owner(self, type_: str) -> str | None:
        return "finance" if type_ == "ps.invoice.issued" else None


def candidate(
    *, open_: bool = False, major: int | None = 1, dataschema: str | None = None, **changes: object
) -> Candidate:
    event = ProcessEvent(
        **{
            "source": "urn:psa",
            "id": "e-1",
            "type": "ps.timesheet.approved",
            "occurred_at": NOON,
            "data": {"timesheet_id": "TS-1"},
            **changes,
        }
    )
    return Candidate(event, major, dataschema, open_)


def judged(one: Candidate) -> ProcessEvent | Flaw:
    return validate(one, Registry(), at=NOON)


def flaw(one: Candidate) -> Flaw:
    found = judged(one)
    assert isinstance(found, Flaw), found
    return found


def test_an_event_that_keeps_its_contract_carries_its_name():
    found = judged(candidate())
    assert isinstance(found, ProcessEvent)
    assert found.contract == "ps.timesheet.approved@1.2.0"


def test_an_event_that_breaks_its_contract_names_the_place_and_the_owner():
    found = flaw(candidate(data={}))
    assert (found.reason, found.owner) == ("schema-violation", "delivery")
    assert found.errors == (Problem(pointer="/data/timesheet_id", detail="is required"),)


def test_a_cloudevent_of_an_unknown_type_waits_for_its_contract():
    found = flaw(candidate(type="ps.invoice.issued", major=2))
    assert (found.reason, found.owner) == ("unknown-contract", "finance")
    assert "ps.invoice.issued.v2" in found.detail


def test_history_that_a_log_brings_needs_no_contract_and_its_amount_may_be_any_word():
    step = {"type": IMPORTED, "data": {"amount": "35.0"}}
    found = judged(candidate(**step, backfill=True))
    assert isinstance(found, ProcessEvent)
    assert found.contract == "unregistered"
    assert flaw(candidate(**step)).reason == "unknown-contract"


def test_an_unknown_major_version_is_an_unknown_contract():
    assert flaw(candidate(major=9)).reason == "unknown-contract"
    assert flaw(candidate(dataschema="urn:other")).reason == "unknown-contract"


def test_a_span_of_no_contract_is_unregistered():
    found = judged(candidate(open_=True, type="POST /invoices", major=None))
    assert isinstance(found, ProcessEvent)
    assert found.contract == "unregistered"


def test_a_span_that_breaks_its_contract_is_held():
    assert flaw(candidate(open_=True, data={})).reason == "schema-violation"


@pytest.mark.parametrize(
    "amount", [{"amount": "abc", "currency": "EUR"}, {"amount": "1"}, {"amount": "NaN"}, "1"]
)
def test_an_unregistered_amount_has_to_be_money(amount: object):
    found = flaw(candidate(open_=True, type="x", data={"amount": amount}))
    assert found.reason == "invalid-amount"


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (datetime(1989, 12, 31, 23, 59, 59, tzinfo=UTC), "time-too-early"),
        (NOON + timedelta(hours=24, seconds=1), "time-too-late"),
    ],
)
def test_a_time_that_cannot_be_is_held(at: datetime, reason: str):
    assert flaw(candidate(occurred_at=at)).reason == reason


@pytest.mark.parametrize("at", [datetime(1990, 1, 1, tzinfo=UTC), NOON + timedelta(hours=24)])
def test_the_bounds_themselves_are_admitted(at: datetime):
    assert isinstance(judged(candidate(occurred_at=at)), ProcessEvent)


@pytest.mark.parametrize("source", ["urn:controlplane", "urn:controlplane:command"])
def test_our_own_source_is_reserved(source: str):
    assert flaw(candidate(source=source)).reason == "reserved-source"


def test_a_source_that_only_begins_like_ours_is_not_ours():
    assert isinstance(judged(candidate(source="urn:controlplane2")), ProcessEvent)


@pytest.mark.parametrize(
    ("type_", "split"),
    [
        ("ps.timesheet.approved.v2", ("ps.timesheet.approved", 2)),
        ("ps.timesheet.approved", ("ps.timesheet.approved", None)),
        ("ps.timesheet.v2.approved", ("ps.timesheet.v2.approved", None)),
        ("ps.v", ("ps.v", None)),
        (".v1", (".v1", None)),
    ],
)
def test_a_type_may_end_in_its_major_version(type_: str, split: tuple[str, int | None]):
    assert split_type(type_) == split


def reason_of(payload: bytes, **limits: int) -> str | None:
    found = payload_flaw(payload, IntakeLimits(**limits))
    return found.reason if found else None


def test_a_nul_is_found_and_its_spelling_is_not():
    assert reason_of(rb'{"a":"x\u0000"}') == "forbidden-character"
    assert reason_of(rb'{"a\u0000":1}') == "forbidden-character"
    assert reason_of(rb'{"a":"\\u0000"}') is None
    assert reason_of(rb'{"a":"\\\u0000"}') == "forbidden-character"


def test_an_event_has_a_largest_size():
    assert reason_of(b'{"a":"xxxxx"}', event_bytes=10) == "event-too-large"


def test_depth_counts_levels_and_not_brackets():
    assert reason_of(b'{"a":' + b"[" * 63 + b"]" * 63 + b"}") is None
    assert reason_of(b'{"a":' + b"[" * 64 + b"]" * 64 + b"}") == "too-deep"
    assert reason_of(b'{"a":[' + b",".join([b"{}"] * 100) + b"]}") is None


def test_a_source_takes_back_an_event_without_a_contract_if_it_says_which_and_why():
    said = {"id": "e-0", "reason": "booked twice"}
    found = judged(candidate(type="controlplane.event.retracted", data=said))
    assert isinstance(found, ProcessEvent)
    assert found.contract == "controlplane.event.retracted@1.0.0"
    for name, longer in (("id", "é" * 301), ("reason", "é" * 1_001)):
        without = {key: value for key, value in said.items() if key != name}
        for data in (without, {**said, name: longer}):
            refused = flaw(candidate(type="controlplane.event.retracted", data=data))
            told = (refused.reason, refused.errors[0].pointer)
            assert told == ("schema-violation", f"/data/{name}")


def test_what_cannot_be_checked_is_held_and_says_so():
    found = validate(candidate(), Registry("Protobuf is not read"), at=NOON)
    assert isinstance(found, Flaw)
    assert (found.reason, found.owner) == ("not-evaluated", "delivery")
    assert found.contract == "ps.timesheet.approved@1.2.0"
    assert "Protobuf is not read" in found.detail
