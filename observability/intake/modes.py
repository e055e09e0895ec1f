"""The CloudEvents HTTP modes, told apart by the content type as the HTTP binding says."""

from collections.abc import Sequence
from datetime import datetime

from observability.intake.body import require_utf8
from observability.intake.cloudevents import Batch, read_batch, read_structured
from observability.intake.headers import is_binary, structured
from observability.intake.limits import IntakeLimits
from observability.intake.rejection import unreadable

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
Headers = Sequence[tuple[str, str]]


def read_events(
    body: bytes,
    *,
    headers: Headers,
    at: datetime,
    backfill: bool = False,
    limits: IntakeLimits,
) -> Batch:
    """
    Return the events of one request; raise `UnreadableBodyError` when there are none to find.

    Names of *headers* are in lower case, as ASGI gives them.
    """
    content_type = next((value for name, value in headers if name == "content-type"), "")
    media, _, parameters = content_type.lower().partition(";")
    media = media.strip()
    _require_utf8_charset(parameters)
    if media == BATCH:
        require_utf8(body)
        return read_batch(body, at=at, backfill=backfill, limits=limits)
    if media == STRUCTURED:
        require_utf8(body)
        return read_structured(body, at=at, backfill=backfill)
    if media.startswith("application/cloudevents") or not is_binary(headers):
        raise _unsupported()
    event = structured(headers, content_type, body)
    require_utf8(event)
    return read_structured(event, at=at, backfill=backfill)


def _require_utf8_charset(parameters: str) -> None:
    for one in parameters.split(";"):
        name, _, value = one.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            raise _unsupported()


def _unsupported() -> Exception:
    return unreadable(
        "unsupported-media-type",
        "The media type is not supported",
        f"Send {STRUCTURED}, {BATCH}, or the attributes in ce- headers; always in UTF-8.",
        status=415,
    )
