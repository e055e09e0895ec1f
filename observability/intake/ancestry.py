"""
A span that does not name its case belongs to the case of its nearest ancestor in the trace.

That is the weakest of all hints: it is kept as a correlation, which counts only where
nothing in the event itself names the case.
"""

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from observability.event import ProcessEvent
from observability.intake.candidate import Candidate
from observability.intake.span import Reading

SpanName = tuple[str | None, str | None]  # trace id, span id
Lineage = Iterable[tuple[str, str, str]]  # trace id, span id, parent span id


def inherit(readings: list[Reading], lineage: Callable[[], Lineage]) -> list[Reading]:
    """Return *readings* of one request; *lineage* names every span of it and its parent."""
    named = {_name(one): one for one in _events(readings) if one.case and one.span_id}
    if not named or all(_said(one) for one in _events(readings)):
        return readings
    parents = {(trace, span): parent for trace, span, parent in lineage()}
    return [_inherited(one, named, parents) for one in readings]


def _inherited(
    reading: Reading, named: dict[SpanName, ProcessEvent], parents: dict[tuple[str, str], str]
) -> Reading:
    outcome = reading.outcome
    if not isinstance(outcome, Candidate) or _said(outcome.event):
        return reading
    event = outcome.event
    for name in _line(event, parents):
        known = named.get(name)
        if known is not None and event.process in {None, known.process}:
            event = replace(event, process=known.process, correlation=known.case)
            return reading._replace(outcome=outcome._replace(event=event))
    return reading


def _line(event: ProcessEvent, parents: dict[tuple[str, str], str]) -> Iterator[SpanName]:
    """Yield the event's own span, its parent and so on; a circle ends where it began."""
    trace, span = event.trace_id or "", event.span_id or ""
    seen: set[str] = set()
    while span and span not in seen:
        seen.add(span)
        yield trace, span
        span = parents.get((trace, span), "")


def _said(event: ProcessEvent) -> bool:
    return bool(event.case or event.correlation)


def _name(event: ProcessEvent) -> SpanName:
    return event.trace_id, event.span_id


def _events(readings: list[Reading]) -> Iterator[ProcessEvent]:
    return (one.outcome.event for one in readings if isinstance(one.outcome, Candidate))
