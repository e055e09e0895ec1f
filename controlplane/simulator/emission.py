"""
Reports go out over the real wire: CloudEvents batches, and OTLP by the SDK's own exporter.

Reports of one stretch of time travel together; a stretch is sent before the next begins, so
that nothing arrives later than a healthy firm's promises can bear.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import httpx
import msgspec
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import SpanExportResult

from controlplane.simulator.report import CLOUD_EVENT, Report
from controlplane.simulator.tracing import Tracing, traceparent
from rules.instant import render_instant

STRETCH = timedelta(hours=1)
MOST = 400
BATCH = "application/cloudevents-batch+json"
BACKFILL = "x-controlplane-backfill"
_BUSY = (429, 503)
_ATTEMPTS = 60
_LONGEST_WAIT = 10.0

Wait = Callable[[float], None]


class EmissionError(RuntimeError):
    """The server did not take what the firm sent."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """`duplicates` and `quarantined` are what the server said of the CloudEvents."""

    reports: int = 0
    spans: int = 0
    duplicates: int = 0
    quarantined: int = 0

    def plus(self, other: "Sent") -> "Sent":
        return Sent(
            reports=self.reports + other.reports,
            spans=self.spans + other.spans,
            duplicates=self.duplicates + other.duplicates,
            quarantined=self.quarantined + other.quarantined,
        )


class Emitter:
    """Sends reports to the server behind *client*; *backfill* marks them as history."""

    def __init__(
        self, client: httpx.Client, tag: str, *, backfill: bool, wait: Wait = time.sleep
    ) -> None:
        self._client = client
        self._tag = tag
        self._backfill = backfill
        self._wait = wait
        self._tracing = Tracing(tag)
        self._exporter = OTLPSpanExporter(
            endpoint=str(client.base_url.join("/v1/traces")),
            headers=_headers(client, backfill=backfill),
            compression=Compression.Gzip,
            timeout=30,
        )

    def close(self) -> None:
        self._exporter.shutdown()  # type: ignore[no-untyped-call]

    def send(self, reports: Sequence[Report]) -> Sent:
        """Send *reports*, which stand in order of arrival; raise `EmissionError` if refused."""
        sent = Sent(reports=len(reports))
        events = [one for one in reports if one.wire == CLOUD_EVENT]
        if events:
            sent = sent.plus(self._send_events(events))
        spans = self._tracing.spans(one for one in reports if one.wire != CLOUD_EVENT)
        if spans:
            if self._exporter.export(spans) is not SpanExportResult.SUCCESS:
                raise EmissionError("the spans could not be exported; see the log")
            sent = sent.plus(Sent(spans=len(spans)))
        return sent

    def all_is_told(self) -> None:
        """Let the server judge as of now: what was due and has not been told will not be."""
        answer = self._client.post("/v1/sweeps")
        if answer.is_error:
            raise EmissionError(f"no sweep: {answer.status_code} {answer.text[:300]}")

    def _send_events(self, events: Sequence[Report]) -> Sent:
        body = msgspec.json.encode([cloud_event_of(one, self._tag) for one in events])
        for _ in range(_ATTEMPTS):
            answer = self._client.post(
                "/v1/events",
                content=body,
                headers={"Content-Type": BATCH},
                params={"backfill": "true"} if self._backfill else {},
            )
            if answer.status_code not in _BUSY:
                break
            self._wait(min(_retry_after(answer), _LONGEST_WAIT))
        if answer.is_error:
            raise EmissionError(f"{answer.status_code} {answer.text[:300]}")
        said: dict[str, Any] = answer.json()
        return Sent(duplicates=_count(said, "duplicates"), quarantined=_count(said, "quarantined"))


def stretches(reports: Iterable[Report]) -> Iterator[list[Report]]:
    """Cut *reports*, in order of arrival, into stretches of at most an hour and 400 reports."""
    stretch: list[Report] = []
    for report in reports:
        full = len(stretch) >= MOST
        if stretch and (full or report.arrives_at - stretch[0].arrives_at >= STRETCH):
            yield stretch
            stretch = []
        stretch.append(report)
    if stretch:
        yield stretch


def cloud_event_of(report: Report, tag: str) -> dict[str, Any]:
    """Return *report* in the JSON format of CloudEvents 1.0."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": report.id,
        "source": report.source,
        "type": report.versioned_type,
        "time": render_instant(report.at),
        "datacontenttype": "application/json",
        "data": report.data,
    }
    if report.subject is not None:
        event["subject"] = report.subject
    context = traceparent(tag, report)
    if context is not None:
        event["traceparent"] = context
    return event


def _headers(client: httpx.Client, *, backfill: bool) -> dict[str, str]:
    token = client.headers.get("Authorization")
    headers = {"Authorization": token} if token else {}
    return headers | ({BACKFILL: "true"} if backfill else {})


def _retry_after(answer: httpx.Response) -> float:
    text = answer.headers.get("Retry-After", "1")
    return float(text) if text.isdigit() else 1.0


def _count(said: dict[str, Any], name: str) -> int:
    value = said.get(name, 0)
    return len(value) if isinstance(value, list) else int(value)
