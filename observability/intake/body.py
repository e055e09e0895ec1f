"""A body is bounded before it is read, decompressed or not, and is UTF-8 where it is text."""

import zlib

from observability.intake.rejection import UnreadableBodyError, unreadable

_GZIP = 16 + zlib.MAX_WBITS
_STEP = 1 << 20


def too_large(limit: int) -> UnreadableBodyError:
    return unreadable(
        "too-large",
        "The body is too large",
        f"Send at most {limit:,} bytes, decompressed, in one request.",
        status=413,
    )


def inflate(body: bytes, encoding: str, limit: int) -> bytes:
    """Return *body* without its content encoding; never holds more than *limit* bytes of it."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise unreadable(
            "unsupported-content-encoding",
            "The content encoding is not supported",
            "Send the body as it is, or with Content-Encoding: gzip.",
            status=415,
        )
    return _gunzip(body, limit)


def _gunzip(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    rest = body
    while rest:  # a gzip file may have several members
        member = zlib.decompressobj(_GZIP)
        while not member.eof:
            part = _step(member, rest)
            size += len(part)
            if size > limit:
                raise too_large(limit)
            rest = member.unconsumed_tail
            if not part and not rest and not member.eof:
                raise _bad_gzip()
            parts.append(part)
        rest = member.unused_data
    if not parts:
        raise _bad_gzip()
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _step(member: "zlib._Decompress", rest: bytes) -> bytes:
    try:
        return member.decompress(rest, _STEP)
    except zlib.error as error:
        raise _bad_gzip() from error


def _bad_gzip() -> UnreadableBodyError:
    return unreadable(
        "bad-gzip", "The body is not valid gzip", "Send a complete gzip stream, or no encoding."
    )


def require_utf8(body: bytes) -> None:
    if body.isascii():
        return
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise unreadable(
            "not-utf-8",
            "The body is not UTF-8 text",
            f"Encode the body as UTF-8; byte {error.start} is not.",
        ) from error
