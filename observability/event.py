"""
A process event is one activity reported by one source at one time.

(source, id) names it for ever: the same pair twice is one event. The log keeps it as
JSON; everything else about the work is folded from it.
"""

from datetime import datetime
from typing import Any

import msgspec

from rules.money import Money, read_money

UNREGISTERED = "unregistered"
IMPORTED = "controlplane.step.imported"
"""The type of the steps of a log whose process says no other; history, and nothing else."""


class ProcessEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One admitted event.

    `type` is the contract's subject without a trailing `.vN`; `contract` is
    `subject@version` or `unregistered`; `sequence` orders events of one producer
    that share a time; `occurred_at` is when it happened, by the producer's clock.
    """

    source: str
    id: str
    type: str
    occurred_at: datetime
    sequence: int = 0
    process: str | None = None
    case: str | None = None
    activity: str | None = None
    subject: str | None = None
    correlation: str | None = None
    data: dict[str, Any] = {}
    contract: str = UNREGISTERED
    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    service: str | None = None
    duration_us: int | None = None
    backfill: bool = False

    @property
    def order(self) -> tuple[datetime, int, str, str]:
        """The one order of events: time, producer's sequence, id, source."""
        return (self.occurred_at, self.sequence, self.id, self.source)

    @property
    def money(self) -> Money | None:
        """The event's own amount, when its data carries `amount` as money."""
        return read_money(self.data.get("amount"))


_encoder = msgspec.json.Encoder(decimal_format="number")  # digit for digit, as it was sent
_decoder = msgspec.json.Decoder(ProcessEvent)


def encode_event(event: ProcessEvent) -> bytes:
    return _encoder.encode(event)


def decode_event(payload: bytes) -> ProcessEvent:
    return _decoder.decode(payload)
