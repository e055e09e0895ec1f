"""
CloudEvents in binary mode: attributes stand in `ce-` headers, the body is the data.

Values are percent-decoded and may be quoted, as the HTTP binding says; an escape that
was not needed is read, one that is not UTF-8 is refused.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

import msgspec

from observability.intake.cloudevent import json_media
from observability.intake.rejection import UnreadableBodyError, unreadable

_PREFIX = "ce-"
_ESCAPED = re.compile(r"\\(.)")
_ATTRIBUTE = re.compile(r"[a-z0-9]{1,40}\Z")


def structured(headers: Iterable[tuple[str, str]], content_type: str, body: bytes) -> bytes:
    """
    Return the structured event that a binary request stands for.

    Raises `UnreadableBodyError` on a header that cannot be read, or on data that is no JSON.
    """
    attributes: dict[str, object] = {}
    for name, value in headers:
        key = name.lower()
        if not key.startswith(_PREFIX):
            continue
        key = key.removeprefix(_PREFIX)
        if key in attributes or not _ATTRIBUTE.match(key) or key == "data":
            raise _bad_header(name)
        attributes[key] = decode_value(name, value)
    if content_type:
        attributes["datacontenttype"] = content_type
    if body.strip():
        _put_data(attributes, body, content_type)
    return msgspec.json.encode(attributes)


def is_binary(headers: Iterable[tuple[str, str]]) -> bool:
    return any(name.lower().startswith(_PREFIX) for name, _ in headers)


def decode_value(name: str, value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = _ESCAPED.sub(r"\1", value[1:-1])
    try:
        return unquote_to_bytes(value.encode("latin-1")).decode()
    except UnicodeError as error:
        raise _bad_header(name) from error


def _bad_header(name: str) -> UnreadableBodyError:
    return unreadable(
        "bad-header",
        "A CloudEvents header cannot be read",
        f"Send {name[:60]!r} once, percent-encoded as UTF-8.",
    )


def _put_data(attributes: dict[str, object], body: bytes, content_type: str) -> None:
    if content_type and not json_media(content_type):
        attributes["data_base64"] = b64encode(body).decode()  # kept whole, and refused by its type
        return
    try:
        attributes["data"] = msgspec.json.decode(body, type=msgspec.Raw)
    except RecursionError as error:
        raise unreadable("too-deep", "The body is nested too deep", "Flatten the data.") from error
    except msgspec.DecodeError as error:
        raise unreadable("broken-json", "The body is not valid JSON", f"{error}.") from error
