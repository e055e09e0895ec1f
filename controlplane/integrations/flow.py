"""
One flow: a contract from the system that produces it to one that consumes it.

What is declared and what was observed are laid over each other; where one of the two is missing,
the gap has a name.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime

import msgspec

from governance.contract.catalogue import Consumer, Contract
from governance.integration.integration import Integration
from observability.traffic.stores import Flow as Sent

GAPS = {
    "never-observed": "declared, and no event of it came",
    "undeclared-producer": "a system sends it that the contract does not name",
    "undeclared-consumer": "a system tells steps that follow on it, and never declared to read it",
    "consumer-never-seen": "is to tell a step that follows on it, and told none",
    "no-contract": "events come that are held to no published contract",
    "no-trace": "no event of it names its trace",
    "not-watched": "calls of an API are not observed",
    "no-consumer": "nobody declared to read it",
    "code-unknown": "nobody said what carries it",
    "code-unsupported": "what carries it is not supported",
}
"""Each with what is meant by it."""


class IntegrationFlow(msgspec.Struct, frozen=True, kw_only=True):
    """
    `events`, `traced` and `last_at` are of the producer's in the window, `seen` the steps that
    follow on it and that the consumer ever told. `supported` is None where nobody said what
    carries it.
    """

    subject: str
    title: str
    kind: str
    producer: str
    consumer: str | None
    owner: str | None
    criticality: str | None
    code: str | None
    supported: bool | None
    support_ends: date | None
    events: int
    traced: int
    last_at: datetime | None
    seen: int
    gaps: tuple[str, ...]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one contract: who declared to read it, who was seen to, who sent it."""

    contract: Contract
    consumers: Mapping[str, Consumer]
    seen: Mapping[str, int]
    sent: Mapping[str, tuple[Sent, ...]]  # by system
    code: Mapping[str, Integration]  # by consumer

    @property
    def declared(self) -> str:
        return self.contract.system

    @property
    def seen_to(self) -> list[str]:
        return [system for system, times in self.seen.items() if times]


def flows(known: Known, *, on: date) -> Iterator[IntegrationFlow]:
    """Yield the flows of one contract: of its own system, then of others that were seen."""
    strangers = [name for name in sorted(known.sent) if name != known.declared]
    names = sorted({*known.consumers, *known.seen_to, *known.code} - {known.declared})
    consumers: list[str | None] = [*names] or [None]
    for consumer in consumers:
        yield _flow(known, known.declared, consumer, on)
    for producer in strangers:
        yield _flow(known, producer, None, on)


def stray(system: str, sent: Iterable[Sent]) -> IntegrationFlow:
    """Return the flow of what *system* sends under no contract, one type of event."""
    those = list(sent)
    return IntegrationFlow(
        subject=those[0].subject,
        title=those[0].subject,
        kind="event",
        producer=system,
        consumer=None,
        owner=None,
        criticality=None,
        code=None,
        supported=None,
        support_ends=None,
        events=sum(one.events for one in those),
        traced=sum(one.traced for one in those),
        last_at=max(one.last_at for one in those),
        seen=0,
        gaps=("no-contract",),
    )


def _flow(known: Known, producer: str, consumer: str | None, on: date) -> IntegrationFlow:
    contract, sent = known.contract, known.sent.get(producer, ())
    code = known.code.get(consumer or "")
    events, traced = sum(one.events for one in sent), sum(one.traced for one in sent)
    return IntegrationFlow(
        subject=contract.subject,
        title=contract.title,
        kind=contract.kind,
        producer=producer,
        consumer=consumer,
        owner=code.owner if code else contract.owner,
        criticality=code.criticality if code else contract.criticality,
        code=code.code if code else None,
        supported=code.supported_on(on) if code else None,
        support_ends=code.support_ends if code else None,
        events=events,
        traced=traced,
        last_at=max((one.last_at for one in sent), default=None),
        seen=known.seen.get(consumer or "", 0),
        gaps=tuple(_gaps(known, producer, consumer, events, traced, on)),
    )


def _gaps(  # noqa: PLR0913, PLR0917 - all that a gap may lie in
    known: Known, producer: str, consumer: str | None, events: int, traced: int, on: date
) -> Iterator[str]:
    if producer != known.declared:
        yield "undeclared-producer"
    elif known.contract.kind == "api":
        yield "not-watched"
    elif not events:
        yield "never-observed"
    if events and not traced:
        yield "no-trace"
    if producer == known.declared:
        yield from _of_consumer(known, consumer, events)
        yield from _of_code(known.code.get(consumer or ""), consumer, on)


def _of_consumer(known: Known, consumer: str | None, events: int) -> Iterator[str]:
    if consumer is None:
        yield "no-consumer"
    elif consumer not in known.consumers:
        yield "undeclared-consumer"
    elif events and known.seen.get(consumer) == 0:
        yield "consumer-never-seen"


def _of_code(code: Integration | None, consumer: str | None, on: date) -> Iterator[str]:
    if code is not None and not code.supported_on(on):
        yield "code-unsupported"
    if code is None and consumer is not None:
        yield "code-unknown"


def matches(
    one: IntegrationFlow,
    *,
    system: str | None,
    gap: str | None,
    criticality: str | None,
    owner: str | None,
) -> bool:
    wanted: Collection[bool] = (
        system is None or system in {one.producer, one.consumer},
        gap is None or gap in one.gaps,
        criticality is None or criticality == one.criticality,
        owner is None or owner == one.owner,
    )
    return all(wanted)
