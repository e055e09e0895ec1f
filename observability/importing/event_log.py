"""
An event log as CSV tells itself how it is read: a row an event, its columns by their usual names.

What cannot be told for certain is asked for: a date such as 02-01-2018 may be of either month.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from itertools import islice
from pathlib import Path

import msgspec

from observability.importing.cell import Cell, CellError, read_time
from observability.importing.extract import Extract, RowEvent
from observability.importing.imported import ReadError, open_plain

DELIMITERS = (",", ";", "\t", "|")
USUAL: Mapping[str, Sequence[str]] = {
    "case": ("caseconceptname", "caseid", "case", "casekey", "traceid", "trace"),
    "activity": ("conceptname", "activity", "activityname", "task", "event", "eventname"),
    "time": (
        "timetimestamp",
        "timestamp",
        "completetimestamp",
        "completetime",
        "eventtime",
        "time",
        "datetime",
        "date",
        "starttimestamp",
        "starttime",
    ),
}
"""What columns are called: letters and digits, the likeliest first."""
FORMATS = (
    "%Y/%m/%d %H:%M:%S.%f",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%d.%m.%Y %H:%M:%S.%f",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
)
"""Ways to write a time that mean one thing only, beside ISO 8601."""
_LOOKED_AT = 100
_BETWEEN = re.compile(r"[^a-z0-9]+")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of the columns; None: they say it themselves."""

    case: str | None = None
    activity: str | None = None
    time: str | None = None
    format: str | None = None
    delimiter: str | None = None
    zone: str = "UTC"


def read_log(path: Path, process: str, said: Said) -> Extract:
    """Return how the event log in the CSV file *path* is read; raise `ReadError` saying why not."""
    with open_plain(path) as plain, io.TextIOWrapper(plain, "utf-8-sig", newline="") as file:
        try:
            lines = list(islice(file, 1 + _LOOKED_AT))
            delimiter = said.delimiter or _delimiter(lines[0] if lines else "")
            read = csv.DictReader(lines, delimiter=delimiter, restval="")
            header, rows = list(read.fieldnames or ()), list(read)
        except UnicodeError as error:
            raise ReadError("it is not UTF-8 text; a --mapping says its encoding") from error
        except (csv.Error, TypeError) as error:
            raise ReadError(f"it cannot be read as CSV: {error}") from error
    case, activity, time = (
        _column(header, what, named)
        for what, named in (("case", said.case), ("activity", said.activity), ("time", said.time))
    )
    others = [name for name in header if name and name not in {case, activity, time}]
    return Extract(
        extract="event-log",
        version="1.0.0",
        title=path.name,
        process=process,
        case=case,
        format=said.format or _format(time, [row[time] for row in rows]),
        zone=said.zone,
        delimiter=delimiter,
        data={name: Cell(column=name) for name in others},
        events=(RowEvent(time=time, activity_from=activity),),
    )


def _delimiter(head: str) -> str:
    return max(DELIMITERS, key=head.count)


def _column(header: Sequence[str], what: str, named: str | None) -> str:
    if named is not None and named in header:
        return named
    spelled = {_BETWEEN.sub("", name.lower()): name for name in reversed(header)}
    known = [spelled[one] for one in USUAL[what] if one in spelled]
    if named is not None or not known:
        there = ", ".join(header) or "none"
        raise ReadError(f"which column is the {what}? Say --{what}; the columns are: {there}")
    return known[0]


def _format(column: str, texts: Sequence[str]) -> str | None:
    """Return the first way that reads all of *texts*, None for ISO 8601."""
    written = [text.strip() for text in texts if text.strip()]
    for one in (None, *FORMATS):
        if all(_reads(text, one) for text in written):
            return one
    odd = next(text for text in written if not _reads(text, None))
    raise ReadError(
        f"how is {odd!r} in column {column!r} to be read? Say --format, such as '%d-%m-%Y %H:%M:%S'"
    )


def _reads(text: str, format_: str | None) -> bool:
    try:
        read_time(text, format_, UTC)
    except CellError:
        return False
    return True
