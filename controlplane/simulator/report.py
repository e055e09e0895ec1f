"""
A report is what one system says happened, before it is put on a wire.

CRM, client contracts, time, bank, tax and HR send CloudEvents; PSA and ERP send spans with
`biz.*` attributes; the legacy billing system sends the plain spans that it always sent.
"""

from datetime import datetime
from typing import Any, Final, Literal

import msgspec

CLOUD_EVENT: Final = "cloud-event"
BUSINESS_SPAN: Final = "business-span"
LEGACY_SPAN: Final = "legacy-span"
Wire = Literal["cloud-event", "business-span", "legacy-span"]
_MAJOR = "v1"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """
    `id` is the report's own within its system; `trace` names the handover that it is part of,
    and `parent` the report that caused it. `delivered_at` is later than `at` when the network
    was slow. A span's `operation` is the technical span around it.
    """

    system: str
    id: str
    type: str
    at: datetime
    data: dict[str, Any]
    wire: Wire
    case: str | None = None
    subject: str | None = None
    trace: str | None = None
    parent: str | None = None
    operation: str | None = None
    delivered_at: datetime | None = None

    @property
    def source(self) -> str:
        """The CloudEvents source of the system."""
        return f"/meridian/{self.system}"

    @property
    def event_source(self) -> str:
        """The source of the event that the program makes of it."""
        return self.source if self.wire == CLOUD_EVENT else f"urn:otel:{self.system}"

    @property
    def versioned_type(self) -> str:
        return f"{self.type}.{_MAJOR}"

    @property
    def arrives_at(self) -> datetime:
        return self.delivered_at or self.at


def report_id(type_: str, key: str) -> str:
    return f"{type_.removeprefix('ps.')}:{key}"


def cloud_event(  # noqa: PLR0913 - a report is who says what of which thing, when
    system: str,
    type_: str,
    key: str,
    at: datetime,
    data: dict[str, Any],
    *,
    subject: str | None = None,
    trace: str | None = None,
) -> Report:
    return Report(
        system=system,
        id=report_id(type_, key),
        type=type_,
        at=at,
        data=data,
        wire=CLOUD_EVENT,
        subject=subject or key,
        trace=trace,
    )


def business_span(  # noqa: PLR0913 - likewise
    system: str,
    type_: str,
    key: str,
    at: datetime,
    data: dict[str, Any],
    *,
    case: str,
    trace: str,
    operation: str,
    parent: str | None = None,
) -> Report:
    return Report(
        system=system,
        id=report_id(type_, key),
        type=type_,
        at=at,
        data=data,
        wire=BUSINESS_SPAN,
        case=case,
        trace=trace,
        parent=parent,
        operation=operation,
    )


def legacy_span(  # noqa: PLR0913 - likewise
    type_: str, key: str, at: datetime, data: dict[str, Any], *, case: str, operation: str
) -> Report:
    """*data* are the span's own attributes; a governed mapping reads them."""
    return Report(
        system="legacy-billing",
        id=report_id(type_, key),
        type=type_,
        at=at,
        data=data,
        wire=LEGACY_SPAN,
        case=case,
        trace=report_id(type_, key),
        operation=operation,
    )
