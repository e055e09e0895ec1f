"""A field strays when another system than its record tells it anew, until the record does."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from observability.entity import EntityEvent
from observability.mastery.document import read_mastery
from observability.mastery.straying import strays
from rules.document import DocumentError

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RECORDS = {"name": "crm", "value": "contracts"}


def told(hours: float, source: str, **data: Any) -> EntityEvent:
    at = NOON + timedelta(hours=hours)
    return EntityEvent(occurred_at=at, event_id=f"{source}-{hours}", source=source, data=data)


def strayed(*events: EntityEvent, since: datetime = NOON) -> list[tuple[str, str]]:
    found = strays(events, RECORDS, lambda source: source.rpartition(":")[2], since=since)
    return [(one.attribute, one.system) for one in found]


def test_the_record_may_tell_its_field_and_others_theirs():
    assert strayed(told(1, "urn:crm", name="A"), told(2, "urn:contracts", value=1)) == []
    assert strayed(told(1, "urn:erp", remark="anybody's")) == []


def test_another_system_that_changes_a_field_strays_until_the_record_tells_it():
    first, other = told(1, "urn:crm", name="A"), told(2, "urn:erp", name="B")
    assert strayed(first, other) == [("name", "erp")]
    assert strayed(first, other, told(3, "urn:crm", name="A")) == []


def test_who_repeats_what_stands_has_changed_nothing():
    assert strayed(told(1, "urn:crm", name="A"), told(2, "urn:erp", name="A")) == []


def test_a_field_that_only_another_system_ever_told_strays():
    assert strayed(told(1, "urn:erp", name="B")) == [("name", "erp")]


def test_what_happened_before_the_matrix_was_in_force_is_history():
    early = told(1, "urn:erp", name="B")
    assert strayed(early, since=NOON + timedelta(hours=2)) == []
    late = told(3, "urn:psa", name="C")
    assert strayed(early, late, since=NOON + timedelta(hours=2)) == [("name", "psa")]


def test_whatever_the_order_of_arrival_the_same_fields_stray():
    events = [
        told(1, "urn:crm", name="A"),
        told(2, "urn:erp", name="B", value=7),
        told(3, "urn:contracts", value=8),
    ]
    assert {tuple(strayed(*those)) for those in permutations(events)} == {(("name", "erp"),)}


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("attributes: {}", "/attributes"),
        ("attributes: {name: C R M}", "/attributes/name"),
        ("attributes: {a/b: crm}", "/attributes/a/b"),
        ("{entity: No Such, attributes: {name: crm}}", "/entity"),
        ("{version: one, attributes: {name: crm}}", "/version"),
        ("{owner: No Team, attributes: {name: crm}}", "/owner"),
    ],
)
def test_a_matrix_that_cannot_be_meant_is_refused_with_its_place(text: str, pointer: str):
    with pytest.raises(DocumentError) as refused:
        read_mastery(text)
    assert refused.value.pointer == pointer
