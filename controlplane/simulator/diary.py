"""What is told of one engagement: the reports of its systems, and what went wrong in it."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from controlplane.simulator.engagement import Engagement
from controlplane.simulator.firm import money
from controlplane.simulator.report import Report, business_span, cloud_event
from controlplane.simulator.truth import (
    CLEARED,
    CLOCK,
    DEPARTURE,
    EXCEPTION,
    PROCESS,
    Finding,
    Injected,
)
from controlplane.simulator.working import Working


class Diary:
    """Filled in while the engagement is lived through, then read."""

    def __init__(
        self,
        engagement: Engagement,
        rng: Random,
        working: Working,
        *,
        strained: bool = False,
        outages: bool = False,
    ) -> None:
        self.engagement = engagement
        self.rng = rng
        self.working = working
        self.strained = strained
        self.outages = outages
        self.reports: list[Report] = []
        self.injected: list[Injected] = []

    def tell(self, system: str, type_: str, key: str, at: datetime, data: dict[str, Any]) -> Report:
        """Let *system* send a CloudEvent."""
        report = cloud_event(system, type_, key, at, data)
        self.reports.append(report)
        return report

    def span(  # noqa: PLR0913 - a span is who says what of which thing, when, within what
        self,
        system: str,
        type_: str,
        key: str,
        at: datetime,
        data: dict[str, Any],
        *,
        operation: str,
        trace: str | None = None,
        parent: Report | None = None,
    ) -> Report:
        """Let *system* export a span; it names the case as that system knows it."""
        one = self.engagement
        report = business_span(
            system,
            type_,
            key,
            at,
            data,
            case=one.project_id if system == "psa" else one.engagement_id,
            trace=trace or (parent.trace if parent else None) or f"{type_}:{key}",
            parent=parent.id if parent else None,
            operation=operation,
        )
        self.reports.append(report)
        return report

    def injects(
        self,
        at: datetime,
        finds: Iterable[Finding],
        allows: Iterable[Finding] = (),
        note: str = "",
        *,
        fault: str | None = None,
    ) -> None:
        """Tell the truth of the engagement's fault, or of *fault*."""
        met = fault or self.engagement.fault
        if met is not None:
            self.injected.append(
                Injected(
                    fault=met,
                    keys=self.engagement.keys,
                    at=at,
                    finds=tuple(finds),
                    allows=tuple(allows),
                    note=note,
                )
            )

    def money(self, amount: Decimal) -> dict[str, Any]:
        return money(amount, self.engagement.currency)

    def exception(
        self, rule: str, occurrence: str, at: datetime, amount: Decimal | None = None
    ) -> Finding:
        return Finding(
            kind=EXCEPTION,
            name=rule,
            object=occurrence,
            visible_at=at,
            money=None if amount is None else self.money(amount),
        )

    def follows(self, rule: str, at: datetime) -> Finding:
        """Return what may be found of *rule*, whatever it is about."""
        return Finding(kind=EXCEPTION, name=rule, visible_at=at)

    def cleared(self, rule: str, occurrence: str, at: datetime) -> Finding:
        """Return that what stood of *rule* is resolved from *at* on."""
        return Finding(kind=CLEARED, name=rule, object=occurrence, visible_at=at)

    def late(self, sla: str, key: str, at: datetime, *, process: str = PROCESS) -> Finding:
        """Return the clock that was overtaken; *key* is empty when it is the case's own."""
        return Finding(kind=CLOCK, name=sla, object=key, visible_at=at, process=process)

    def left(
        self, process: str, kind: str, activity: str, at: datetime, *, case: str = ""
    ) -> Finding:
        """Return where a case leaves its model: the engagement's, or the one called *case*."""
        return Finding(
            kind=DEPARTURE, name=kind, object=activity, visible_at=at, process=process, case=case
        )
