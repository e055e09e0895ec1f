"""Event logs as CSV, whose columns are known by their usual names or are named."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from observability.importing.event_log import Said, read_log
from observability.importing.extract import read_csv
from observability.importing.imported import ImportedEvent, ReadError, Unreadable

Read = Callable[..., list[ImportedEvent | Unreadable]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(text: str, **said: str) -> list[ImportedEvent | Unreadable]:
        path = tmp_path / "log.csv"
        path.write_text(text)
        return list(read_csv(path, read_log(path, "claims", Said(**said))))

    return reading


def test_the_columns_of_a_log_are_known_by_their_usual_names(read: Read):
    found = read(
        "case:concept:name,concept:name,time:timestamp,org:resource\n"
        "C1,Paid,2018-03-25 09:00:00+02:00,Ann\nC1,Closed,2018-03-25T10:00:00Z,\n"
    )
    assert [(one.case, one.id, one.activity, one.time, one.data) for one in found] == [
        ("C1", "C1/1", "Paid", "2018-03-25T07:00:00Z", {"org:resource": "Ann"}),
        ("C1", "C1/2", "Closed", "2018-03-25T10:00:00Z", {}),
    ]
    assert found[0].type is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Case ID;Activity;Complete Timestamp\nC1;Paid;2018/03/25 09:00:00.000\n", {}),
        ("CaseID\tActivityName\tTimestamp\nC1\tPaid\t25.03.2018 09:00:00\n", {}),
        (
            "Key|What|When\nC1|Paid|03-25-2018 09:00\n",
            {"case": "Key", "activity": "What", "time": "When", "format": "%m-%d-%Y %H:%M"},
        ),
        ("case,activity,time\nC1,Paid,2018-03-25 11:00\n", {"zone": "Europe/Amsterdam"}),
    ],
)
def test_delimiters_and_ways_to_write_a_time_are_seen_or_said(
    read: Read, text: str, said: dict[str, str]
):
    (one,) = read(text, **said)
    assert (one.case, one.activity, one.time) == ("C1", "Paid", "2018-03-25T09:00:00Z")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("when,case,activity\n", "which column is the time"),
        ("Key,What\nC1,Paid\n", "Say --case; the columns are: Key, What"),
        ("case,activity,time\nC1,Paid,02-01-2018 00:00\n", "Say --format"),
        ("", "the columns are: none"),
        ("case,activity,time,by,by\nC1,Paid,2018-03-25,Ann,Bob\n", "column by comes twice"),
        ("case,activity,time\nC1,A,2018-03-25\nC1,B,2018-02-30\n", "how is '2018-02-30'"),
    ],
)
def test_what_cannot_be_told_for_certain_is_asked_for(read: Read, text: str, reason: str):
    with pytest.raises(ReadError, match=reason):
        read(text)


def test_a_row_without_an_activity_is_told_by_its_line(read: Read):
    (one,) = read("case,activity,time\nC1,,2018-03-25\n")
    assert one == Unreadable(line=2, reason="column 'activity' names no activity")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("C1,Paid,", "column 'time' names no time"),
        ("C1,Paid,2018-03-25,Ann,Bob", "2 cells more than the header has columns"),
    ],
)
def test_no_row_of_a_log_is_passed_over_in_silence(read: Read, row: str, reason: str):
    assert read(f"case,activity,time\n{row}\n") == [Unreadable(line=2, reason=reason)]


def test_a_row_of_no_case_is_not_taken_for_one_of_a_case_that_is_called_row(read: Read):
    first, second = read("case,activity,time\n,Paid,2018-03-25\nrow,Paid,2018-03-25\n")
    assert first.id != second.id


def test_a_packed_file_that_is_damaged_is_refused(tmp_path: Path):
    path = tmp_path / "log.csv.gz"
    text = "".join(f"C{n},Paid,2018-03-25\n" for n in range(2_000))
    packed = bytearray(gzip.compress(f"case,activity,time\n{text}".encode()))
    packed[60:70] = bytes(10)
    path.write_bytes(bytes(packed))
    with pytest.raises(ReadError, match="damaged"):
        list(read_csv(path, read_log(path, "claims", Said())))
