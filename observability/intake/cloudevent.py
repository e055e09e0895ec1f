"""One CloudEvent: the attributes that are read, and the process event that they say."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from observability.event import ProcessEvent
from observability.intake.candidate import Candidate, split_type, trace_of
from observability.intake.rejection import Flaw
from observability.intake.soundness import read_number, repeated_key
from rules.refusal import Problem

MAX_NAME = 300  # characters: (source, id) has to fit the index of every database
MAX_SEQUENCE = 2**63 - 1
_WHOLE = re.compile(r"-?[0-9]{1,20}\Z")

Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Text = Annotated[str, Meta(max_length=MAX_NAME)]
_Optional = Text | UnsetType | None


class CloudEvent(msgspec.Struct, kw_only=True):
    """The attributes that are read; every other extension is ignored."""

    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: Name
    subject: _Optional = UNSET
    time: str | UnsetType | None = UNSET
    datacontenttype: str | UnsetType | None = UNSET
    dataschema: str | UnsetType | None = UNSET
    data: Any = UNSET
    data_base64: str | UnsetType | None = UNSET
    bizprocess: _Optional = UNSET
    bizcase: _Optional | int = UNSET
    bizactivity: _Optional = UNSET
    sequence: str | int | UnsetType | None = UNSET
    correlationid: _Optional = UNSET
    traceparent: str | UnsetType | None = UNSET


_data = msgspec.json.Decoder(float_hook=read_number)


class FlawError(ValueError):
    """One event cannot be read; its neighbours can."""

    def __init__(self, reason: str, detail: str, pointer: str | None = None) -> None:
        super().__init__(detail)
        problems = () if pointer is None else (Problem(pointer=pointer, detail=detail),)
        self.flaw = Flaw(reason=reason, detail=detail, errors=problems)


def candidate(event: CloudEvent, *, at: datetime, backfill: bool) -> Candidate:
    """Return what *event* says; raise `FlawError` where it says it wrongly."""
    subject, major = split_type(event.type)
    trace_id, span_id = trace_of(event.traceparent) if event.traceparent else (None, None)
    case = event.bizcase
    return Candidate(
        ProcessEvent(
            source=event.source,
            id=event.id,
            type=subject,
            occurred_at=_instant(event.time, at),
            sequence=_sequence(event.sequence) if event.sequence else 0,
            process=event.bizprocess or None,
            case=str(case) if isinstance(case, int) else case or None,
            activity=event.bizactivity or None,
            subject=event.subject or None,
            correlation=event.correlationid or None,
            data=_data_of(event),
            trace_id=trace_id,
            span_id=span_id,
            backfill=backfill,
        ),
        major,
        event.dataschema or None,
        False,  # noqa: FBT003 (a named tuple is quicker built by position)
    )


def _instant(text: str | UnsetType | None, at: datetime) -> datetime:
    if not text:
        return at
    try:
        instant = msgspec.convert(text, datetime)
        return instant if instant.tzinfo is UTC else _utc(instant)
    except (msgspec.ValidationError, OverflowError) as error:
        raise FlawError(
            "invalid-time", f"{text[:64]!r} is not an RFC 3339 time such as {_EXAMPLE}.", "/time"
        ) from error


_EXAMPLE = "2026-03-02T09:30:00Z"


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise FlawError("invalid-time", "The time names no zone; add Z or an offset.", "/time")
    return instant.astimezone(UTC)


def _sequence(value: str | int) -> int:
    if isinstance(value, str) and not _WHOLE.match(value):
        raise FlawError(
            "invalid-attribute", f"sequence {value[:64]!r} is no whole number.", "/sequence"
        )
    number = int(value)
    if abs(number) > MAX_SEQUENCE:
        raise FlawError("invalid-attribute", "sequence does not fit 64 bits.", "/sequence")
    return number


def _data_of(event: CloudEvent) -> dict[str, Any]:
    data = event.data
    media = event.datacontenttype
    if media and media != "application/json" and not json_media(media):
        raise FlawError(
            "unsupported-data",
            f"Data has to be JSON, not {media[:64]!r}.",
            "/datacontenttype",
        )
    if event.data_base64:
        data = _from_base64(event.data_base64)
    if isinstance(data, dict):
        return data
    if data is UNSET or data is None:
        return {}
    raise FlawError("unsupported-data", "Data has to be a JSON object.", "/data")


def _from_base64(text: str) -> Any:
    try:
        raw = b64decode(text, validate=True)
        data = _data.decode(raw)
        require_single_keys(raw)
    except FlawError:
        raise
    except (Base64Error, ValueError, RecursionError) as error:
        raise FlawError(
            "unsupported-data", "data_base64 does not hold JSON.", "/data_base64"
        ) from error
    return data


def require_single_keys(text: bytes) -> None:
    twice = repeated_key(text)
    if twice is not None:
        raise FlawError("duplicate-key", f"The key {twice[:64]!r} stands twice in one object.")


def json_media(media: str) -> bool:
    name = media.partition(";")[0].strip().lower()
    return name in ("application/json", "text/json") or name.endswith("+json")
