from collections.abc import Callable
from pathlib import Path

import pytest

from observability.importing.extract import Extract, read_csv, read_extract
from observability.importing.imported import ReadError, Unreadable, to_cloudevent
from rules.document import DocumentError

Write = Callable[..., Path]
TIME = """
extract: psa-time-export
version: 1.0.0
title: Time export of the PSA
process: quote-to-cash
case: Project
id: [Entry]
zone: Europe/Amsterdam
format: "%d-%m-%Y"
decimal: ","
delimiter: ";"
data:
  timesheet_id: {column: Entry}
  hours: {column: Hours, type: decimal}
  amount: {column: Amount, type: money, currency_column: Currency}
  billable: {column: Billable, type: boolean, "true": [J]}
  work_date: {column: Worked, type: date}
  source_system: {value: psa}
events:
  - {type: ps.timesheet.submitted, time: Submitted}
  - {type: ps.timesheet.approved, time: Approved, activity: time-approved,
     data: {status: {value: approved}}}
"""
HEAD = "Entry;Project;Worked;Hours;Amount;Currency;Billable;Submitted;Approved\n"


def extract(was: str = "", is_now: str = "") -> Extract:
    return read_extract(TIME.replace(was, is_now, 1))


@pytest.fixture
def written(tmp_path: Path):
    def write(rows: str, head: str = HEAD, encoding: str = "utf-8-sig") -> Path:
        path = tmp_path / "time.csv"
        path.write_bytes((head + rows).encode(encoding))
        return path

    return write


def test_a_row_gives_one_event_for_each_time_that_it_states(written: Write):
    path = written(
        "T-1;P-1;02-03-2026;8,0;1.234,50;EUR;J;03-03-2026;04-03-2026\n"
        "T-2;P-1;02-03-2026;4,25;;;N;03-03-2026;\n"
    )
    submitted, approved, other = read_csv(path, extract())
    assert [one.id for one in (submitted, approved, other)] == [
        "T-1/ps.timesheet.submitted",
        "T-1/ps.timesheet.approved",
        "T-2/ps.timesheet.submitted",
    ]
    assert (approved.case, approved.activity, approved.sequence) == ("P-1", "time-approved", 2)
    assert approved.time == "2026-03-03T23:00:00Z"
    assert approved.data == {
        "timesheet_id": "T-1",
        "hours": "8.0",
        "amount": {"amount": "1234.50", "currency": "EUR"},
        "billable": True,
        "work_date": "2026-03-02",
        "source_system": "psa",
        "status": "approved",
    }
    assert other.data == {
        "timesheet_id": "T-2",
        "hours": "4.25",
        "billable": False,
        "work_date": "2026-03-02",
        "source_system": "psa",
    }


def test_a_row_becomes_a_cloudevent_of_the_type_that_the_extract_names(written: Write):
    path = written("T-1;P-1;02-03-2026;8,0;10;EUR;J;03-03-2026;\n")
    (found,) = read_csv(path, extract())
    made = to_cloudevent(found, "quote-to-cash", None)
    assert (made["type"], made["bizcase"]) == ("ps.timesheet.submitted.v1", "P-1")
    assert "bizactivity" not in made


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("T-1;P-1;02-03-2026;eight;1;EUR;J;03-03-2026;\n", "column 'Hours': 'eight'"),
        ("T-1;P-1;02-03-2026;8;1;euro;J;03-03-2026;\n", "column 'Amount': 'euro' is not"),
        ("T-1;P-1;2026-03-02;8;1;EUR;J;03-03-2026;\n", "column 'Worked'"),
        ("T-1;P-1;02-03-2026;8;1;EUR;J;yesterday;\n", "'yesterday' is no time written as"),
    ],
)
def test_a_row_that_does_not_hold_what_it_promises_is_told_by_its_line(
    written: Write, row: str, reason: str
):
    good = "T-2;P-1;02-03-2026;8;1;EUR;J;03-03-2026;\n"
    refused, read = read_csv(written(row + good), extract())
    assert isinstance(refused, Unreadable)
    assert (refused.line, read.id) == (2, "T-2/ps.timesheet.submitted")
    assert refused.reason.startswith(reason)


def test_rows_without_ids_are_named_by_their_place_in_their_case(written: Write):
    rows = "T-1;P-1;;;;;;03-03-2026;\nT-2;P-2;;;;;;03-03-2026;\nT-3;P-1;;;;;;03-03-2026;\n"
    unnamed = extract("id: [Entry]\n")
    assert [one.id for one in read_csv(written(rows), unnamed)] == [
        "P-1/1/ps.timesheet.submitted",
        "P-2/1/ps.timesheet.submitted",
        "P-1/2/ps.timesheet.submitted",
    ]


def test_yes_and_no_are_understood_unless_the_extract_names_its_own_words(written: Write):
    plain = extract(', "true": [J]')
    rows = "".join(f"T;P;;;;;{word};03-03-2026;\n" for word in ("yes", "0", "perhaps"))
    yes, no, neither = read_csv(written(rows), plain)
    assert (yes.data["billable"], no.data["billable"]) == (True, False)
    assert "neither yes nor no" in neither.reason


def test_iso_times_and_dates_need_no_format(written: Write):
    iso = extract('format: "%d-%m-%Y"\n')
    path = written("T-1;P-1;2026-03-02;8;1;EUR;J;2026-03-03T09:00:00Z;2026-03-03 12:30\n")
    assert [one.time for one in read_csv(path, iso)] == [
        "2026-03-03T09:00:00Z",
        "2026-03-03T11:30:00Z",
    ]


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("integer", "8", 8),
        ("integer", "1.000", 1000),
        ("number", "8,0", 8),
        ("number", "7,25", 7.25),
        ("decimal", "7,250", "7.250"),
        ("texts", "T-1, T-2 ,", ["T-1", "T-2"]),
        ("text", " as it is ", "as it is"),
    ],
)
def test_a_cell_is_what_its_column_says(written: Write, kind: str, cell: str, value: object):
    kept = extract("type: decimal", f"type: {kind}")
    (found,) = read_csv(written(f"T-1;P-1;;{cell};;;;03-03-2026;\n"), kept)
    assert found.data["hours"] == value
    assert type(found.data["hours"]) is type(value)


def test_a_whole_number_has_no_fraction(written: Write):
    (refused,) = read_csv(
        written("T-1;P-1;;8,5;;;;03-03-2026;\n"), extract("type: decimal", "type: integer")
    )
    assert refused.reason == "column 'Hours': '8,5' is no whole number"


def test_a_missing_column_is_named_with_those_that_are_there(written: Write):
    with pytest.raises(ReadError, match="no column Approved; there are: Entry, Project"):
        list(read_csv(written("", head=HEAD.replace(";Approved", "")), extract()))


@pytest.mark.parametrize(
    ("rows", "encoding", "reason"),
    [
        ("T-\xe9;P-1;;;;;;;\n", "windows-1252", "not utf-8 text"),
        ('T-1;"P-1;;;;;;;\n', "utf-8", "unexpected end of data"),
        (f"T-1;{'x' * 140_000};;;;;;;\n", "utf-8", "field larger"),
    ],
)
def test_a_file_that_is_not_what_it_claims_is_refused(
    written: Write, rows: str, encoding: str, reason: str
):
    with pytest.raises(ReadError, match=reason):
        list(read_csv(written(rows, encoding=encoding), extract()))


def test_a_file_in_another_encoding_is_read_when_the_extract_says_so(written: Write):
    western = extract("decimal:", "encoding: windows-1252\ndecimal:")
    path = written("T-\xe9;P-1;;;;;;03-03-2026;\n", encoding="windows-1252")
    assert next(iter(read_csv(path, western))).data["timesheet_id"] == "T-\xe9"


@pytest.mark.parametrize(
    ("was", "is_now", "reason"),
    [
        ("zone: Europe/Amsterdam", "zone: Mars/Olympus", "is no time zone"),
        ('delimiter: ";"', 'delimiter: ";;"', "one character"),
        (TIME[TIME.index("events:") :], "events: []\n", "at least one event"),
        ("type: decimal", "type: figure", "Invalid enum value 'figure'"),
        ("{value: psa}", "{value: psa, column: Entry}", "from a `column` or is one `value`"),
        ("type: money", "type: text", "has a currency"),
        (", currency_column: Currency", "", "has a currency"),
    ],
)
def test_an_extract_that_cannot_be_followed_is_refused(was: str, is_now: str, reason: str):
    assert was in TIME
    with pytest.raises(DocumentError, match=reason):
        extract(was, is_now)
