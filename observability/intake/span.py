"""
A span, an event within one, or a log record that reports business.

`biz.*` says what, or a mapping does.

`biz.process`, `biz.case` and `biz.activity` place it; `biz.amount` with `biz.currency` is
its money; any other `biz.*` becomes data. The span's name is the type. A span occurred at
its end, a span event at its own time.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from observability.event import ProcessEvent, encode_event
from observability.intake.candidate import Candidate, split_type
from observability.intake.cloudevent import MAX_NAME
from observability.intake.mapping import Match, SpanRule, text_of
from observability.intake.rejection import Flaw, Rejected
from observability.intake.soundness import read_number
from rules.instant import EPOCH
from rules.refusal import Problem

PREFIX = "biz."
LOG = "log:"
_NANOSECONDS = 1000
_NO_TRACE = "0" * 32
_NO_SPAN = "0" * 16
_kept = msgspec.json.Decoder(ProcessEvent, float_hook=read_number)


class Report(NamedTuple):
    """What is picked of a span or span event; `place` is the span event's index, else None."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_span_id: str
    time_unix_nano: int
    duration_us: int | None
    place: int | None
    business: dict[str, Any]  # what stood under `biz.`, without that prefix; taken apart in reading
    attributes: dict[str, Any]  # what a mapping wants
    id: str = ""  # a log record's own; a span is named by its trace


class Reading(NamedTuple):
    """A candidate or a rejection, and the ordinal of its span in the request."""

    span: int
    outcome: Candidate | Rejected


def of_service(name: str) -> str:
    """Return the source of what the service *name* tells."""
    return f"urn:otel:{name}"


def read_report(report: Report, match: Match, ordinal: int) -> Reading | None:
    """Return the process event that *report* is; None when it reports no business."""
    event = _from_business(report) if report.business else _from_mapping(report, match)
    return None if event is None else Reading(ordinal, judge(event, ordinal))


def judge(event: ProcessEvent, index: int) -> Candidate | Rejected:
    """Return *event*, whose type may end in `.vN`, as a candidate unless its names are unusable."""
    flaw = _flaw(event)
    if flaw is not None:
        return Rejected(
            index=index,
            id=event.id,
            source=event.source[:MAX_NAME],
            type=event.type[:MAX_NAME],
            flaw=flaw,
            payload=encode_event(event),
        )
    subject, major = split_type(event.type)
    if major is not None:
        event = msgspec.structs.replace(event, type=subject)
    return Candidate(event, major, None, True)  # noqa: FBT003 (see cloudevents)


def kept(candidate: Candidate) -> bytes:
    """Return the bytes by which `read_kept` finds *candidate* again."""
    event = candidate.event
    if candidate.major is not None:
        event = msgspec.structs.replace(event, type=f"{event.type}.v{candidate.major}")
    return encode_event(event)


def read_kept(payload: bytes) -> Candidate | Rejected:
    """Read what `kept`, or a rejection, kept of a span."""
    return judge(_kept.decode(payload), 0)


def money(amount: Any, currency: Any) -> dict[str, str]:
    """Return `{"amount", "currency"}`; a double is read through its shortest decimal."""
    if not isinstance(amount, str):
        amount = f"{amount:f}" if isinstance(amount, Decimal) else text_of(amount)
    return {"amount": amount} if currency is None else {"amount": amount, "currency": str(currency)}


def _from_business(report: Report) -> ProcessEvent:
    data = report.business
    process, case = data.pop("process", None), data.pop("case", None)
    activity = data.pop("activity", None)
    if "amount" in data:
        data["amount"] = money(data["amount"], data.pop("currency", None))
    return _event(
        report,
        type_=report.name,
        process=_text(process),
        case=_text(case),
        activity=_text(activity),
        data=data,
    )


def _from_mapping(report: Report, match: Match) -> ProcessEvent | None:
    found = next(((p, r) for p, r in match.rules if r.holds(report.attributes)), None)
    if found is None or report.place is not None:
        return None
    process, rule = found
    return _event(
        report,
        type_=rule.type or report.name,
        process=process,
        case=_text(report.attributes.get(rule.case)) if rule.case else None,
        activity=rule.activity,
        data=_mapped_data(rule, report.attributes),
    )


def _mapped_data(rule: SpanRule, attributes: dict[str, Any]) -> dict[str, Any]:
    data = {field: attributes[name] for field, name in rule.data.items() if name in attributes}
    if rule.amount is not None and rule.amount in attributes:
        currency = attributes.get(rule.currency) if rule.currency else None
        data["amount"] = money(attributes[rule.amount], currency)
    return data


def _event(  # noqa: PLR0913 (what places an event)
    report: Report,
    *,
    type_: str,
    process: str | None,
    case: str | None,
    activity: str | None,
    data: dict[str, Any],
) -> ProcessEvent:
    name = f"{report.trace_id}:{report.span_id}"
    micros, rest = divmod(report.time_unix_nano, _NANOSECONDS)
    return ProcessEvent(
        source=of_service(report.service),
        id=report.id or (name if report.place is None else f"{name}:{report.place}"),
        type=type_,
        occurred_at=EPOCH + timedelta(microseconds=micros),
        sequence=rest,  # what a microsecond cannot tell apart
        process=process,
        case=case,
        activity=activity,
        data=data,
        trace_id=report.trace_id or None,
        span_id=report.span_id or None,
        parent_span_id=report.parent_span_id or None,
        service=report.service,
        duration_us=report.duration_us,
    )


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value or None
    return None if value is None else text_of(value)


def _flaw(event: ProcessEvent) -> Flaw | None:
    if not (_placed(event.trace_id, event, _NO_TRACE) and _placed(event.span_id, event, _NO_SPAN)):
        detail = "A trace id has 16 bytes and a span id 8, not all zero."
        return Flaw(
            reason="invalid-id", detail=detail, errors=(Problem(pointer="/id", detail=detail),)
        )
    names = [event.source, event.type]
    names.extend(name for name in (event.process, event.case, event.activity) if name)
    if not event.type or (len("".join(names)) > MAX_NAME and max(map(len, names)) > MAX_NAME):
        detail = f"Service, span name, process, case and activity have 1 to {MAX_NAME} characters."
        return Flaw(reason="invalid-attribute", detail=detail)
    return None


def _placed(id_: str | None, event: ProcessEvent, nothing: str) -> bool:
    """Whether *id_* names a trace or a span; a log record may be outside of any."""
    if id_ is None:
        return event.id.startswith(LOG)
    return len(id_) == len(nothing) and id_ != nothing
