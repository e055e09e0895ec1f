"""Where in an API a change is: of which operation, which way, and in what."""

from datetime import date

import msgspec

from governance.compatibility.openapi.fact import Side
from governance.compatibility.openapi.lifecycle import Notice


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """The day of a comparison, and the notice that a deprecation must give."""

    on: date
    notice: Notice = Notice()


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """
    `path`: the operation, such as `GET /orders`; `where`: what of it, in words.

    `at`, `below`: what the rules of this place and of what lies in it begin with.
    `text`: everything travels as text here. `required`: it is never left out. `days`: the
    notice that is due here.
    """

    path: str = ""
    side: Side = "both"
    where: str = ""
    at: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    text: bool = False
    required: bool = False
    days: int = 0


def body(side: Side, path: str, where: str, media_type: str, days: int) -> Place:
    other = ("response-mediatype",) if side == "response" else ()
    return Place(
        path=path,
        side=side,
        where=f"{where} ({media_type})",
        at=(f"{side}-body", *other),
        below=(f"{side}-property",),
        text=not is_json(media_type),
        days=days,
    )


def parameter(path: str, location: str, name: str, days: int) -> Place:
    header = ("request-header-property",) if location == "header" else ()
    return Place(
        path=path,
        side="request",
        where=f"{location} parameter {name}",
        at=("request-parameter",),
        below=(*header, "request-parameter-property"),
        text=True,
        days=days,
    )


def header(path: str, status: str, name: str, days: int) -> Place:
    return Place(
        path=path,
        side="response",
        where=f"header {name} of response {status}",
        at=("response-header",),
        below=("response-header-property",),
        text=True,
        days=days,
    )


def is_json(media_type: str) -> bool:
    essence = media_type.partition(";")[0].strip().lower()
    return essence == "application/json" or essence.endswith("+json")
