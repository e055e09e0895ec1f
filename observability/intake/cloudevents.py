"""
CloudEvents 1.0 in structured and batch mode.

A batch is read in one typed pass; only when that fails is each event read by itself, so
that one bad event never costs the others.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from observability.intake.candidate import Candidate
from observability.intake.cloudevent import (
    MAX_NAME,
    CloudEvent,
    FlawError,
    candidate,
    require_single_keys,
)
from observability.intake.limits import DEFAULT_LIMITS, IntakeLimits
from observability.intake.rejection import (
    Flaw,
    Rejected,
    UnreadableBodyError,
    unreadable,
)
from observability.intake.soundness import keys_stand_once, read_number, repeated_key
from rules.refusal import Problem

_one = msgspec.json.Decoder(CloudEvent, float_hook=read_number)
_many = msgspec.json.Decoder(list[CloudEvent], float_hook=read_number)
_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_any = msgspec.json.Decoder(float_hook=str)


class Batch:
    """The events of one body, in order; `raw` finds the bytes of one again when it is refused."""

    def __init__(self, body: bytes, outcomes: Sequence[Candidate | Rejected]) -> None:
        self.outcomes = outcomes
        self._body = body
        self._raws: list[msgspec.Raw] | None = None

    def raw(self, index: int) -> bytes:
        if self._raws is None:
            text = self._body.lstrip()
            self._raws = (
                _raw_list.decode(text) if text.startswith(b"[") else [msgspec.Raw(self._body)]
            )
        return bytes(self._raws[index])


def read_structured(body: bytes, *, at: datetime, backfill: bool = False) -> Batch:
    """Read one event; raise `UnreadableBodyError` when *body* is not a JSON object."""
    _scan(body)
    if not body.lstrip().startswith(b"{"):
        raise unreadable(
            "not-a-cloudevent", "The body is not a JSON object", "Send one CloudEvent as an object."
        )
    return Batch(body, [_read(0, body, at=at, backfill=backfill)])


def read_kept(payload: bytes, *, at: datetime, backfill: bool = False) -> Candidate | Rejected:
    """Read what quarantine kept of one event, whatever it is."""
    return _read(0, payload, at=at, backfill=backfill)


def read_batch(
    body: bytes, *, at: datetime, backfill: bool = False, limits: IntakeLimits = DEFAULT_LIMITS
) -> Batch:
    """Read a JSON array of events; raise `UnreadableBodyError` when *body* is none."""
    try:
        events = _many.decode(body)
        sound = keys_stand_once(body, events) or repeated_key(body) is None
    except (ValueError, RecursionError):
        events, sound = [], False
    if not sound:
        return _read_each(body, at=at, backfill=backfill, limits=limits)
    _require_few(len(events), limits)
    return Batch(body, list(_candidates(body, events, at=at, backfill=backfill)))


def _candidates(
    body: bytes, events: list[CloudEvent], *, at: datetime, backfill: bool
) -> Iterator[Candidate | Rejected]:
    batch = Batch(body, ())
    for index, event in enumerate(events):
        try:
            yield candidate(event, at=at, backfill=backfill)
        except FlawError as error:
            yield _refuse(index, batch.raw(index), error.flaw)


def _read_each(body: bytes, *, at: datetime, backfill: bool, limits: IntakeLimits) -> Batch:
    _scan(body)
    if not body.lstrip().startswith(b"["):
        raise unreadable(
            "not-a-cloudevent", "The body is not a JSON array", "Send a batch as an array."
        )
    raws = _raw_list.decode(body)
    _require_few(len(raws), limits)
    return Batch(
        body, [_read(i, bytes(raw), at=at, backfill=backfill) for i, raw in enumerate(raws)]
    )


def _require_few(count: int, limits: IntakeLimits) -> None:
    if count > limits.events:
        raise unreadable(
            "too-many-events",
            "The batch holds too many events",
            f"Send at most {limits.events:,} events in one request; this one has {count:,}.",
            status=413,
        )


def _scan(body: bytes) -> None:
    """Raise `UnreadableBodyError` unless *body* is well-formed JSON that can be walked."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except RecursionError as error:
        raise _bottomless() from error
    except msgspec.DecodeError as error:
        raise unreadable("broken-json", "The body is not valid JSON", f"{error}.") from error


def _bottomless() -> UnreadableBodyError:
    return unreadable(
        "too-deep", "The body is nested too deep", "Flatten the body; 64 levels are the limit."
    )


def _read(index: int, raw: bytes, *, at: datetime, backfill: bool) -> Candidate | Rejected:
    try:
        event = _one.decode(raw)
        require_single_keys(raw)
        return candidate(event, at=at, backfill=backfill)
    except FlawError as error:
        return _refuse(index, raw, error.flaw)
    except msgspec.ValidationError as error:
        return _refuse(index, raw, _misfit(str(error)))
    except RecursionError:
        return _refuse(index, raw, Flaw(reason="too-deep", detail="Flatten the event."))
    except ValueError as error:
        detail = f"The event's text cannot be read: {error}."
        return _refuse(index, raw, Flaw(reason="unreadable-event", detail=detail))


def _refuse(index: int, raw: bytes, flaw: Flaw) -> Rejected:
    known: Any = None
    with suppress(ValueError, RecursionError):
        known = _any.decode(raw)
    names = known if isinstance(known, dict) else {}
    return Rejected(
        index=index,
        id=_text(names.get("id")),
        source=_text(names.get("source")),
        type=_text(names.get("type")),
        flaw=flaw,
        payload=raw,
    )


def _text(value: object) -> str | None:
    return value[:MAX_NAME] if isinstance(value, str) else None


def _misfit(message: str) -> Flaw:
    """Say in our words what the decoder found."""
    what, _, path = message.partition(" - at `$")
    pointer = path.rstrip("`").replace(".", "/").split("[")[0]
    if what.startswith("Object missing required field"):
        name = what.split("`")[1]
        return _flaw("missing-attribute", f"The attribute {name!r} is required.", f"/{name}")
    if pointer == "/specversion":
        return _flaw("unsupported-specversion", 'specversion has to be "1.0".', pointer)
    if "out-of-range" in what or "out of range" in what:
        return _flaw("number-out-of-range", f"{what}.", pointer)
    if not pointer:
        return _flaw("not-an-object", f"An event is a JSON object. {what}.", "")
    return _flaw("invalid-attribute", f"{what}.", pointer)


def _flaw(reason: str, detail: str, pointer: str) -> Flaw:
    return Flaw(reason=reason, detail=detail, errors=(Problem(pointer=pointer, detail=detail),))
