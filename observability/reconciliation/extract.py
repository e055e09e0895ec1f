"""
An extract is a file that a system was asked for: CSV, or JSON rows, as of a moment.

It is taken whole or not at all: a row that cannot be read, or control totals that do not come
out, refuse it.
"""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

import msgspec

from observability.importing.cell import Cell, CellError, read_cell
from observability.reconciliation.document import CASE, Reconciliation, Selection
from observability.reconciliation.finding import Group
from observability.reconciliation.line import CaseOf, Line, read_line, selects
from observability.reconciliation.tally import Tally, whole
from rules.money import Money, MoneyError, decimal, money

CSV = "text/csv"
JSON = "application/json"
Row = Mapping[str, str]
_BEYOND = "\n"  # no header names it: the cells beyond the last column
_decoder = msgspec.json.Decoder(list[dict[str, Any]], float_hook=Decimal)


class ExtractError(ValueError):
    """A file that is not what it should be; the message says where."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """
    What was uploaded for a part of a side. `watermark` is up to when it is complete; `total`
    are its control totals as they were counted.
    """

    id: str
    reconciliation: str
    side: str
    part: str
    media_type: str
    digest: str
    size: int
    watermark: datetime
    total: Group
    received_at: datetime
    received_by: str


def lines(  # noqa: PLR0913 - a file, and what it is read by
    document: Reconciliation,
    selection: Selection,
    file: IO[bytes],
    media_type: str,
    *,
    sums: bool,
    case_of: CaseOf = lambda name: name,
) -> Iterator[Line | None]:
    """Yield a line for each row of *file*; raise `ExtractError` at the first that is none."""
    form = selection.extract
    if form is None:
        raise ExtractError("no extract is expected here")
    cells = _cells(document, selection)
    for number, row in _rows(file, media_type, form.delimiter, cells):
        _require(cells, row, number)
        try:
            read = {
                name: read_cell(row, _settled(cell, name, row), mark=form.decimal, format_=None)
                for name, cell in cells.items()
                if cell.column in row or cell.column is None
            }
        except CellError as error:
            raise ExtractError(f"row {number}: {error}") from error
        except KeyError as error:
            raise ExtractError(f"row {number}: there is no column {error}") from error
        if selects(selection, read):
            yield read_line(
                document, selection, read, ref=f"row {number}", sums=sums, case_of=case_of
            )


def counted(document: Reconciliation, those: Iterable[Line | None]) -> Group:
    """Return the control totals of an extract; raise `ExtractError` where a row has no key."""
    tally = Tally(document)
    for number, line in enumerate(those, start=1):
        if line is None and CASE not in document.key:
            raise ExtractError(f"row {number}: {', '.join(document.key)} is empty")
        if line is not None:
            tally.add(line)
    return whole(tally.groups().values())


def disagreements(
    document: Reconciliation, declared: Iterable[tuple[str, str]], found: Group
) -> Iterator[str]:
    """
    Yield where the control totals that the sender *declared* do not come out.

    `lines` is a count; any other name is a field: `80.5`, or `1234.50 EUR` a currency.
    """
    summed = {one.field: one.kind for one in document.compare if one.kind != "text"}
    for name, text in declared:
        if name == "lines":
            if text != str(found.lines):
                yield f"{text} lines are declared, {found.lines} came"
            continue
        if name not in summed:
            yield f"{name} has no control total; there are: {', '.join(['lines', *summed])}"
            continue
        amount, _, currency = text.strip().partition(" ")
        if (summed[name] == "money") != bool(currency):
            yield f"{name} is declared as {text}, without its currency or with one too many"
            continue
        came = _came(found, name, currency)
        if came != _declared(name, amount, currency):
            yield f"{name} is declared as {text}, what came is {came:f} {currency}".rstrip()


def _declared(name: str, amount: str, currency: str) -> Decimal:
    try:
        return money(amount, currency).amount if currency else decimal(amount)
    except MoneyError as error:
        raise ExtractError(f"the declared total of {name}: {error}") from error


def _came(found: Group, name: str, currency: str) -> Decimal:
    if not currency:
        return Decimal(found.numbers.get(name, 0))
    those: tuple[Money, ...] = found.money.get(name, ())
    return next((one.amount for one in those if one.currency == currency), Decimal())


def _cells(document: Reconciliation, selection: Selection) -> dict[str, Cell]:
    """Return the cell of each field that the lines are made of."""
    kinds = {one.field: one.kind for one in document.compare}
    if document.money:
        kinds[document.money] = "money"
    form = selection.extract
    given = form.columns if form is not None else {}
    found: dict[str, Cell] = {}
    for name in _named(document, selection):
        mapped = selection.fields.get(name, name)
        field = mapped if isinstance(mapped, str) else mapped.field
        kind = kinds.get(name, "text")
        type_ = {"money": "money", "number": "decimal"}.get(kind, "text")
        found[field] = given.get(field) or msgspec.convert({"column": field, "type": type_}, Cell)
    return found


def _named(document: Reconciliation, selection: Selection) -> Iterator[str]:
    wanted = [*document.key, *(one.field for one in document.compare), *document.total_by]
    wanted += [one for one in (document.money, selection.at, selection.case) if one]
    wanted += [*selection.line, *selection.where, *selection.has, *selection.lacks]
    return (name for name in dict.fromkeys(wanted) if name != CASE)


def _require(cells: Mapping[str, Cell], row: Collection[str], number: int) -> None:
    """Let a file without any of the columns be refused at once."""
    if number > 1:
        return
    missing = [cell.column for cell in cells.values() if cell.column and cell.column not in row]
    if len(missing) == len(cells):
        raise ExtractError(f"no column {', '.join(missing)}; there are: {', '.join(row)}")


def _settled(cell: Cell, name: str, row: Row) -> Cell:
    """Money that names no currency finds it in `<field>_currency`, or in `currency`."""
    if cell.type != "money" or cell.currency or cell.currency_column:
        return cell
    own = f"{name}_currency"
    return msgspec.structs.replace(cell, currency_column=own if own in row else "currency")


def _rows(
    file: IO[bytes], media_type: str, delimiter: str, cells: Mapping[str, Cell]
) -> Iterator[tuple[int, Row]]:
    if media_type == JSON:
        yield from _objects(file)
        return
    with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        rows = csv.DictReader(text, delimiter=delimiter, strict=True, restkey=_BEYOND, restval="")
        try:
            _require_header(rows.fieldnames or (), cells)
            for number, row in enumerate(rows, start=1):
                if any(row.pop(_BEYOND, ())):
                    raise ExtractError(f"row {number}: more cells than the header has columns")
                yield number, row
        except (UnicodeError, csv.Error) as error:
            raise ExtractError(f"line {rows.line_num}: {error}") from error


def _require_header(header: Sequence[str], cells: Mapping[str, Cell]) -> None:
    """A file without a header is an export that failed; a column twice leaves the value open."""
    if not header:
        raise ExtractError("no header came; a file without lines still has one")
    _require(cells, header, 1)
    for cell in cells.values():
        if cell.column and header.count(cell.column) > 1:
            raise ExtractError(f"the header has {cell.column!r} more than once")


def _objects(file: IO[bytes]) -> Iterator[tuple[int, Row]]:
    try:
        decoded = _decoder.decode(file.read())
    except msgspec.MsgspecError as error:
        raise ExtractError(f"no list of JSON objects: {error}") from error
    for number, one in enumerate(decoded, start=1):
        yield number, dict(_flat(one))


def _flat(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in one.items():
        match value:
            case None:
                yield name, ""
            case bool():
                yield name, "true" if value else "false"
            case {"amount": amount, "currency": currency}:
                yield name, str(amount)
                yield f"{name}_currency", str(currency)
            case _:
                yield name, str(value)
