"""
An artifact's bytes as they travel and rest: written small, and read back exactly.

Contracts are text that repeats itself: one of 3 MB is a tenth of that in the log and in
the table. What was packed begins with a byte that no text begins with.
"""

import zlib

LITTLE = 1_000
_MARK = b"\x00"


def packed(content: bytes) -> bytes:
    if len(content) <= LITTLE and not content.startswith(_MARK):
        return content
    return _MARK + zlib.compress(content)


def unpacked(content: bytes | memoryview) -> bytes:
    """Return what was packed, and as it is what never was."""
    whole = bytes(content)
    return zlib.decompress(whole[1:]) if whole.startswith(_MARK) else whole
