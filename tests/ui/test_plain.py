import pytest

from ui.components.evidence import evidence_html
from ui.plain import label, plain, reading
from ui.records import Evidence


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "No project was active by 2026-10-20T12:23:42.004000Z.",
            "No project was active by 20 Oct 2026 12:23.",
        ),
        ("no rate on 2026-11-09", "no rate on 09 Nov 2026"),
        ("a day that is none: 2026-13-01", "a day that is none: 2026-13-01"),
        ("EUR 38,175.25 against GBP 24,000.00", "€38,175.25 against £24,000.00"),
        ("Timesheet TS-7-2026-11-09-2, CHF 5.00", "Timesheet TS-7-2026-11-09-2, CHF 5.00"),
    ],
)
def test_a_sentence_speaks_of_times_and_money_as_its_reader_does(text: str, shown: str):
    assert plain(text) == shown


def test_a_datum_that_nobody_recorded_is_said_to_be_so():
    assert [reading("unknown"), reading(""), reading("senior")] == ["not recorded", "—", "senior"]


def test_a_field_is_called_by_its_words():
    assert [label("invoice_issued_at"), label("role"), label("")] == ["Invoice issued", "Role", ""]


def datum(field: str, value: str, *, of: str = "timesheet", id_: str = "TS-1") -> Evidence:
    return Evidence(label=field, value=value, fact_type=of, fact_id=id_, field=field, event="ev")


def test_evidence_names_each_thing_once_and_its_data_below():
    facts = [datum("role", "senior"), datum("timesheet_id", "TS-1"), datum("billable", "yes")]
    html = evidence_html(facts)
    assert html.count("TS-1") == 1
    assert "Role" in html
    assert "Billable" in html


def test_a_promise_among_the_evidence_is_told_without_its_id():
    clock = {"of": "clock", "id_": "to-invoice:TS-1"}
    facts = [datum("sla", "to-invoice", **clock), datum("state", "absent", **clock)]
    html = evidence_html(facts)
    assert "to-invoice" not in html
    assert "it has not happened" in html
