"""OCEL 2.0 as XML, object by object and event by event."""

from collections.abc import Iterator
from gzip import GzipFile
from io import BufferedReader
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from observability.importing.imported import ReadError, open_plain
from observability.importing.ocel_log import LoggedObject, ObjectEvent, ObjectLog

_RELATED = ("relationship", "object")  # both are found in published logs
_OBJECT, _EVENT = ["log", "objects", "object"], ["log", "events", "event"]


def read_xml(path: Path) -> ObjectLog:
    """Return the log of the XML file *path*; what attributes say stays text."""
    objects: dict[str, LoggedObject] = {}
    events: list[ObjectEvent] = []
    try:
        with open_plain(path) as file:
            for within, element in _told(file):
                if within == _OBJECT:
                    objects[element.get("id", "")] = _object(element)
                else:
                    events.append(_event(element))
    except ParseError as error:
        raise ReadError(f"not well-formed XML: {error}") from error
    except DefusedXmlException as error:
        raise ReadError("the file declares a DTD or entities; remove them") from error
    except ReadError:
        raise
    except (LookupError, ValueError) as error:
        raise ReadError(f"its encoding is not read: {error}") from error
    if not events:
        raise ReadError("this is no OCEL as XML: it has no <events> of a <log>")
    return ObjectLog(objects=objects, events=tuple(events))


def _told(file: GzipFile | BufferedReader) -> Iterator[tuple[list[str], Element]]:
    """Yield the objects and the events, and empty each after that."""
    within: list[str] = []
    for happened, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
        if happened == "start":
            within.append(element.tag.rpartition("}")[2])
            continue
        if within in (_OBJECT, _EVENT):
            yield within, element
            element.clear()
        within.pop()


def _object(element: Element) -> LoggedObject:
    return LoggedObject(type=element.get("type", ""), attributes=_attributes(element))


def _event(element: Element) -> ObjectEvent:
    related = [one for name in _RELATED for one in element.iterfind(f"{{*}}objects/{{*}}{name}")]
    return ObjectEvent(
        id=element.get("id", ""),
        type=element.get("type", ""),
        time=element.get("time", ""),
        objects=tuple(one.get("object-id", "") for one in related),
        attributes=_attributes(element),
    )


def _attributes(element: Element) -> dict[str, object]:
    found: dict[str, object] = {}
    for one in element.iterfind("{*}attributes/{*}attribute"):
        if one.text:
            found.setdefault(one.get("name", ""), one.text)
    return found
