"""
A CSV export becomes events: an extract, a governed document, says which column is what.

One row gives one event for each entry of `events` whose time cell is filled, so an invoice
line with an issue date and a payment date gives two.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from observability.importing.cell import Cell, CellError, read_cell, read_time
from observability.importing.imported import (
    ImportedEvent,
    ReadError,
    Unreadable,
    open_plain,
    source_of,
)
from rules.document import DocumentError, convert, read_yaml
from rules.instant import render_instant

Row = Mapping[str, str]
_BEYOND = "\n"  # what no column is called: the cells of a row that has more than the header


class RowEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `time` is a column, and so is `activity_from`; `data` adds fields to those of every event of the
    row. Where `type` is left out, the process model says it.
    """

    time: str
    type: str | None = None
    activity: str | None = None
    activity_from: str | None = None
    data: dict[str, Cell] = {}


class Extract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `id` are the columns that name a row (else its place in its case does), `case` the column
    of the case's key, `format` and `zone` how times and dates are written.
    """

    extract: str
    version: str
    title: str
    process: str
    events: tuple[RowEvent, ...]
    case: str | None = None
    id: tuple[str, ...] = ()
    format: str | None = None
    zone: str = "UTC"
    decimal: Literal[".", ","] = "."
    delimiter: str = ","
    encoding: Literal["utf-8", "utf-16", "windows-1252"] = "utf-8"
    data: dict[str, Cell] = {}

    @property
    def columns(self) -> list[str]:
        """Every column that the extract reads, once each."""
        cells = [*self.data.values(), *(cell for e in self.events for cell in e.data.values())]
        named = [*self.id, self.case, *(event.time for event in self.events)]
        named += [event.activity_from for event in self.events]
        named += [column for cell in cells for column in (cell.column, cell.currency_column)]
        return list(dict.fromkeys(column for column in named if column is not None))


def read_extract(text: str | bytes) -> Extract:
    """Return the extract of YAML *text*; raise `DocumentError` where it cannot be followed."""
    data, positions = read_yaml(text)
    extract = convert(data, Extract, positions)
    for pointer, message in _flaws(extract):
        line, column = positions.get(pointer, (0, 0))
        raise DocumentError(message, line=line, column=column, pointer=pointer)
    return extract


def _flaws(extract: Extract) -> Iterator[tuple[str, str]]:
    if len(extract.delimiter) != 1:
        yield "/delimiter", "the delimiter is one character"
    try:
        ZoneInfo(extract.zone)
    except (KeyError, ValueError):
        yield "/zone", f"{extract.zone!r} is no time zone such as Europe/Amsterdam"
    yield from _event_flaws(extract.events)
    places = [("/data", extract.data)]
    places += [(f"/events/{index}/data", one.data) for index, one in enumerate(extract.events)]
    for place, cells in places:
        for name, cell in cells.items():
            if (cell.column is None) == (cell.value is None):
                yield f"{place}/{name}", "a field comes from a `column` or is one `value`"
            if (cell.type == "money") == (cell.currency is None and cell.currency_column is None):
                yield f"{place}/{name}", "money, and nothing else, has a currency"


def _event_flaws(events: Sequence[RowEvent]) -> Iterator[tuple[str, str]]:
    if not events:
        yield "/events", "an extract names at least one event"
    for index, one in enumerate(events):
        if one.activity and one.activity_from:
            yield f"/events/{index}", "an `activity` is given, or found in a column"
        if one.type is None and len(events) > 1:
            yield f"/events/{index}", "several events of a row are told apart by their `type`"


def read_csv(path: Path, extract: Extract) -> Iterator[ImportedEvent | Unreadable]:
    """
    Yield the events of the CSV file *path* in file order, plain or gzip.

    Raises `ReadError` where a column is missing, or the file is not CSV in that encoding.
    """
    encoding = "utf-8-sig" if extract.encoding == "utf-8" else extract.encoding
    with open_plain(path) as plain, io.TextIOWrapper(plain, encoding, newline="") as file:
        rows = csv.DictReader(
            file, delimiter=extract.delimiter, strict=True, restval="", restkey=_BEYOND
        )
        try:
            yield from _events(rows, extract, source_of(path))
        except UnicodeError as error:
            raise ReadError(f"line {rows.line_num}: not {extract.encoding} text") from error
        except csv.Error as error:
            raise ReadError(f"line {rows.line_num}: {error}") from error


def _events(
    rows: "csv.DictReader[str]", extract: Extract, source: str
) -> Iterator[ImportedEvent | Unreadable]:
    present = list(rows.fieldnames or [])
    twice = [column for column in extract.columns if present.count(column) > 1]
    if twice:
        raise ReadError(f"column {', '.join(twice)} comes twice")
    missing = [column for column in extract.columns if column not in present]
    if missing:
        raise ReadError(f"no column {', '.join(missing)}; there are: {', '.join(present)}")
    places: Counter[str] = Counter()
    sequence = 0
    for row in rows:
        case = row[extract.case].strip() if extract.case else None
        places[case or ""] += 1
        name = _name(row, extract, f"{case or ''}/{places[case or '']}")
        if any(rest := row.get(_BEYOND) or ()):
            reason = f"{len(rest)} cells more than the header has columns"
            yield Unreadable(line=rows.line_num, reason=reason)
            continue
        for one in extract.events:
            if row[one.time].strip():
                sequence += 1
                yield _event(row, extract, one, (source, name, case, sequence), rows.line_num)
            elif one.activity_from:
                yield Unreadable(line=rows.line_num, reason=f"column {one.time!r} names no time")


def _event(
    row: Row, extract: Extract, one: RowEvent, named: tuple[str, str, str | None, int], line: int
) -> ImportedEvent | Unreadable:
    source, name, case, sequence = named
    activity = row[one.activity_from].strip() if one.activity_from else one.activity
    if one.activity_from and not activity:
        return Unreadable(line=line, reason=f"column {one.activity_from!r} names no activity")
    try:
        at = read_time(row[one.time], extract.format, ZoneInfo(extract.zone))
        data = _data(row, extract, [extract.data, one.data])
    except CellError as error:
        return Unreadable(line=line, reason=str(error))
    several = len(extract.events) > 1
    return ImportedEvent(
        source=source,
        id=f"{name}/{one.type}" if several else name,
        case=case or None,
        time=render_instant(at),
        sequence=sequence,
        activity=activity,
        type=one.type,
        data=data,
    )


def _data(row: Row, extract: Extract, fields: Iterable[Mapping[str, Cell]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for cells in fields:
        for name, cell in cells.items():
            value = read_cell(row, cell, mark=extract.decimal, format_=extract.format)
            if value is not None:
                found[name] = value
    return found


def _name(row: Row, extract: Extract, default: str) -> str:
    parts = [row[column].strip() for column in extract.id]
    return "/".join(parts) if any(parts) else default
