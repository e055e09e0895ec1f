"""
XES (IEEE 1849): traces of events, read as a stream, plain or gzip, a chunk at a time.

An event's case is its trace's `concept:name`, or the place of a trace without one; its activity is
its own `concept:name`, its time `time:timestamp`. Documents with a DTD, entities or external
references are refused.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from xml.sax import SAXParseException
from xml.sax.expatreader import ExpatParser
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from observability.importing.cell import CellError, read_time
from observability.importing.imported import (
    ImportedEvent,
    ReadError,
    Unreadable,
    open_plain,
    source_of,
)
from rules.instant import render_instant

CHUNK = 256 * 1024
NAME = "concept:name"
TIME = "time:timestamp"
_ATTRIBUTES = frozenset({"string", "date", "int", "float", "boolean", "id"})
_ENVELOPE = frozenset({NAME, TIME})
_OPEN = ("log", "trace", "event")
_TRACE_DEPTH, _EVENT_DEPTH = 2, 3


def read_xes(path: Path, *, zone: tzinfo = UTC) -> Iterator[ImportedEvent | Unreadable]:
    """
    Yield the events of the XES file *path* in file order; times without a zone are in *zone*.

    Raises `ReadError` where the file is no XES, or stops being one.
    """
    handler = _Events(path, zone)
    parser: ExpatParser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(handler)
    handler.locator = parser
    with open_plain(path) as file:
        try:
            while chunk := file.read(CHUNK):
                parser.feed(chunk)
                yield from handler.drain()
            parser.close()
        except SAXParseException as error:
            raise ReadError(
                f"line {error.getLineNumber()}: not well-formed XML: {error.getMessage()}"
            ) from error
        except DefusedXmlException as error:
            raise ReadError("the file declares a DTD or entities; remove them") from error
        except ReadError:
            raise
        except (LookupError, ValueError) as error:
            raise ReadError(f"its encoding is not read: {error}") from error
    if not handler.opened:
        raise ReadError("the file is empty")
    yield from handler.drain()


class _Events(ContentHandler):
    """Collects the events of the chunk; `drain` hands them over."""

    def __init__(self, path: Path, zone: tzinfo) -> None:
        super().__init__()
        self.source, self.file, self.zone = source_of(path), path.name, zone
        self.path: list[str] = []
        self.opened = False
        self.traces = 0
        self.trace: dict[str, Any] = {}
        self.event: dict[str, Any] = {}
        self.places: Counter[str] = Counter()
        self.sequence = 0
        self.ready: list[ImportedEvent | Unreadable] = []
        self.locator: Locator | None = None

    def drain(self) -> list[ImportedEvent | Unreadable]:
        ready, self.ready = self.ready, []
        return ready

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 (SAX names it)
        tag = name.rpartition(":")[2]
        if not self.path and tag != "log":
            raise ReadError(f"this is no XES file: it starts with <{name}> instead of <log>")
        if tag in _ATTRIBUTES:
            self._attribute(tag, attrs)
        elif tag == "trace":
            self.trace = {}
            self.traces += 1
        elif tag == "event":
            self.event = {}
        self.path.append(tag)
        self.opened = True

    def endElement(self, name: str) -> None:  # noqa: N802 (SAX names it)
        del name
        if tuple(self.path) == _OPEN:
            self.ready.append(self._finished())
        self.path.pop()

    def _attribute(self, tag: str, attrs: AttributesImpl) -> None:
        """Take the attributes of events and traces; those nested in others describe neither."""
        within = {_EVENT_DEPTH: self.event, _TRACE_DEPTH: self.trace}.get(len(self.path))
        if within is not None and tuple(self.path) == _OPEN[: len(self.path)]:
            key, text = attrs.get("key", ""), attrs.get("value", "")
            within[key] = text if key in _ENVELOPE else _value(tag, text)

    def _finished(self) -> ImportedEvent | Unreadable:
        self.sequence += 1
        case = self.trace.get(NAME) or f"{self.file}#{self.traces}"
        activity = self.event.get(NAME)
        if not activity:
            return self._unreadable(f"an event of {case} has no {NAME}, the activity")
        at = self._instant()
        if at is None:
            return self._unreadable(f"an event of {case} has no {TIME}")
        self.places[case] += 1
        return ImportedEvent(
            source=self.source,
            id=f"{case}/{self.places[case]}",
            case=case,
            time=render_instant(at),
            sequence=self.sequence,
            activity=activity,
            data={name: value for name, value in self.event.items() if name not in _ENVELOPE},
            case_data={name: value for name, value in self.trace.items() if name not in _ENVELOPE},
            first=self.places[case] == 1,
        )

    def _unreadable(self, reason: str) -> Unreadable:
        line = self.locator.getLineNumber() if self.locator else None
        return Unreadable(line=line or 0, reason=reason)

    def _instant(self) -> datetime | None:
        try:
            return read_time(self.event.get(TIME, ""), None, self.zone)
        except CellError:
            return None


def _value(tag: str, text: str) -> object:
    """Keep a fraction as text: its digits are the source's own."""
    if tag == "boolean":
        return text.strip().lower() == "true"
    if tag == "int" and text.strip().lstrip("+-").isdigit() and len(text) < len(str(2**63)):
        return int(text)
    return text
