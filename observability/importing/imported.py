"""
A file's events go the way of all events: each becomes a CloudEvent for `POST /v1/events`.

The same file read twice gives the same ids, so a second import changes nothing.
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from observability.event import IMPORTED
from observability.model.model import ImportModel, ProcessModel
from rules.money import MoneyError, money, read_money

_MAJOR = re.compile(r"\.v\d+$")
_GZIP = b"\x1f\x8b"


class ReadError(ValueError):
    """A file that cannot be read on: no such format, cut short, or not what it claims to be."""


class ImportedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """
    One event as the file has it. `sequence` is its place in the file, `type` None where the
    process model's `import` names it; `case_data` is said of the case, by its `first` event.
    """

    source: str
    id: str
    case: str | None
    time: str
    sequence: int
    activity: str | None = None
    type: str | None = None
    data: dict[str, Any] = {}
    case_data: dict[str, Any] = {}
    first: bool = False


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A row or element that names no event, at its 1-based `line`; the import goes on."""

    line: int
    reason: str


def source_of(path: Path) -> str:
    return f"urn:import:{quote(path.name, safe='')}"


@contextmanager
def open_plain(path: Path) -> Iterator[gzip.GzipFile | BufferedReader]:
    """Open *path*, through gzip when it starts like gzip; `ReadError` where reading fails."""
    with path.open("rb") as file:
        compressed = file.read(len(_GZIP)) == _GZIP
    with gzip.open(path) if compressed else path.open("rb") as opened:
        try:
            yield opened
        except (EOFError, OSError, zlib.error) as error:
            what = "the gzip stream is damaged" if compressed else "the file cannot be read"
            raise ReadError(f"{what}: {error}") from error


def to_cloudevent(
    imported: ImportedEvent, process: str, model: ProcessModel | None
) -> dict[str, Any]:
    """
    Return *imported* as a structured CloudEvent of *process*, ready for JSON.

    Where neither the file nor the model names the event's type it is a step of a log, which
    back-fill may bring without a contract.
    """
    importing = model.importing if model else None
    type_ = imported.type or (importing.event_type if importing else IMPORTED)
    event: dict[str, Any] = {
        "specversion": "1.0",
        "type": type_ if _MAJOR.search(type_) else f"{type_}.v1",
        "source": imported.source,
        "id": imported.id,
        "time": imported.time,
        "datacontenttype": "application/json",
        "bizprocess": process,
        "sequence": str(imported.sequence),
        "data": _data(imported) | _amount(imported, importing),
    }
    if imported.case is not None:
        event["bizcase"] = imported.case
    if imported.activity is not None:
        event["bizactivity"] = imported.activity
    return event


def _data(imported: ImportedEvent) -> dict[str, Any]:
    """Let what the file says of the whole case stand once, as `case:<name>`."""
    if not imported.first:
        return imported.data
    return imported.data | {f"case:{name}": value for name, value in imported.case_data.items()}


def _amount(imported: ImportedEvent, importing: ImportModel | None) -> dict[str, Any]:
    """Return the first of the model's amount fields that holds a number, as the event's amount."""
    if importing is None or importing.currency is None or read_money(imported.data.get("amount")):
        return {}
    for field in importing.amount:
        value = imported.data.get(field, imported.case_data.get(field))
        if isinstance(value, str | int) and not isinstance(value, bool):
            try:
                amount = money(value, importing.currency)
            except MoneyError:
                continue
            return {"amount": {"amount": f"{amount.amount:f}", "currency": amount.currency}}
    return {}
