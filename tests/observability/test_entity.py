from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observability.entity import EntityEvent, entity_event, fold_entity, stamp
from observability.event import ProcessEvent

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def word(hour: float = 0, **given_: object) -> EntityEvent:
    known = {
        "occurred_at": NINE + timedelta(hours=hour),
        "event_id": f"e-{hour}",
        "source": "urn:psa",
    }
    return EntityEvent(**{**known, **given_})


def test_a_later_event_replaces_fields_and_null_removes_them():
    sheet = fold_entity(
        "timesheet",
        "T-1",
        [
            word(1, data={"status": "approved", "note": None}),
            word(0, data={"status": "submitted", "note": "late", "hours": 8}),
        ],
        key_field="timesheet_id",
    )
    assert sheet.state == {"status": "approved", "hours": 8, "timesheet_id": "T-1"}
    assert (sheet.first_at, sheet.last_at, sheet.events) == (NINE, NINE + timedelta(hours=1), 2)


def test_an_activity_that_only_touches_stamps_and_adds_no_field():
    sheet = fold_entity(
        "timesheet",
        "T-1",
        [
            word(0, activity="timesheet-approved", data={"hours": 8}),
            word(2, activity="invoice-issued", describes=False, data={"amount": "9"}),
        ],
    )
    assert sheet.state == {
        "hours": 8,
        "timesheet_approved_at": "2026-03-02T09:00:00Z",
        "invoice_issued_at": "2026-03-02T11:00:00Z",
    }


def test_a_time_that_the_event_states_itself_wins_over_the_stamp():
    said = word(activity="approved", data={"approved_at": "2026-03-01T17:00:00Z"})
    assert fold_entity("timesheet", "T-1", [said]).state["approved_at"] == "2026-03-01T17:00:00Z"


def test_a_stamp_is_a_field_name_whatever_the_activity_is_called():
    assert stamp("Declaration SUBMITTED by EMPLOYEE") == "declaration_submitted_by_employee_at"


def test_an_entity_of_which_nothing_was_said_does_not_exist():
    with pytest.raises(ValueError, match="no event speaks of customer C-1"):
        fold_entity("customer", "C-1", [])


def test_an_event_that_only_touches_carries_no_data_into_the_entity():
    event = ProcessEvent(source="s", id="1", type="t", occurred_at=NINE, data={"a": 1})
    assert entity_event(event, "paid", describes=False).data == {}
    assert entity_event(event, None, describes=True).data == {"a": 1}


WORDS = st.lists(
    st.builds(
        word,
        st.integers(0, 3),
        event_id=st.text("abc", min_size=1, max_size=3),
        sequence=st.integers(0, 2),
        activity=st.sampled_from([None, "approved", "billed"]),
        describes=st.booleans(),
        data=st.dictionaries(st.sampled_from("xyz"), st.none() | st.integers(0, 3)),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda one: (one.source, one.event_id),
)


@given(WORDS, st.data())
def test_any_order_and_any_duplication_of_events_give_the_same_entity(
    words: list[EntityEvent], data: st.DataObject
):
    again = data.draw(st.permutations(words + data.draw(st.lists(st.sampled_from(words)))))
    assert fold_entity("x", "1", again) == fold_entity("x", "1", words)


def test_an_entity_names_the_event_that_last_said_something_new():
    said = {"status": "approved", "hours": 8}
    words = [word(0, data=said), word(1, data={"hours": 9}), word(2, data={"hours": 9})]
    assert fold_entity("timesheet", "T-1", words).event == "urn:psa/e-1"
    assert fold_entity("timesheet", "T-1", words[:1]).event == "urn:psa/e-0"
