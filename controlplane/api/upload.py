"""An artifact as it is sent: raw under its own media type, or wrapped in JSON."""

import re
from typing import Any

import msgspec

from controlplane.api.problem import invalid
from governance.contract.artifact import MAX_BYTES

LARGEST = 2 * max(MAX_BYTES.values())
"""Of a body with one document: as text inside JSON it may grow."""
_JSON = "application/json"
_YAML = "application/yaml"
_PROTOBUF = "text/x-protobuf"
_BEGINS = re.compile(r"""(?:\s++|//[^\n]*+|/\*(?s:.*?)\*/)*+(?:syntax|edition)\s*=\s*["']""")


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    content: bytes
    media_type: str
    version: str | None


class _Wrapped(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`document` is the artifact as text, or as JSON."""

    document: Any
    version: str | None = None


def read_upload(body: bytes, content_type: str, version: str | None) -> Upload:
    """Return what *body* carries; *version* is the one that the address names, and wins."""
    if not body.strip():
        raise invalid("", "Send the artifact as the body.", status=400)
    media_type = content_type.partition(";")[0].strip().lower() or _JSON
    wrapped = _wrapped(body) if media_type == _JSON else None
    if wrapped is None:
        return Upload(content=body, media_type=media_type, version=version)
    content, media_type = written(wrapped.document)
    return Upload(content=content, media_type=media_type, version=version or wrapped.version)


def _wrapped(body: bytes) -> _Wrapped | None:
    """Return the wrapper; None when the JSON is an artifact itself, or none at all."""
    try:
        return msgspec.json.decode(body, type=_Wrapped)
    except (msgspec.MsgspecError, RecursionError):
        return None


def written(document: Any) -> tuple[bytes, str]:
    """Return a document that came as text, or as JSON, as bytes and their media type."""
    if isinstance(document, str):
        if document.lstrip().startswith(("{", "[")):
            return document.encode(), _JSON
        return document.encode(), _PROTOBUF if _BEGINS.match(document) else _YAML
    return msgspec.json.encode(document), _JSON
