import msgspec

_KIB = 1024
_MIB = 1024 * _KIB


class IntakeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """
    How much is read before it is refused. Sizes are bytes.

    `otlp_bytes` bounds a trace request as sent and again when decompressed, as the OTLP
    specification asks; `entries_behind` is how far the worker may be behind the log
    before senders are asked to wait.
    """

    body_bytes: int = 10 * _MIB
    otlp_bytes: int = 64 * _MIB
    events: int = 10_000
    event_bytes: int = 256 * _KIB
    depth: int = 64
    entries_behind: int = 200_000


DEFAULT_LIMITS = IntakeLimits()
