"""An exception as the API shows it: what broke, both promises, what it costs, what happened."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from governance.exception.at_risk import COST_OF_CAPITAL, blocked_by, delayed_cash
from governance.exception.process_exception import Line, ProcessException, Waiver
from governance.exception.promise import Promise, handling_promise, process_promise
from governance.handling.policy import BUILT_IN, Policy, Priority
from governance.handling.priority import priority
from rules.decision import Evidence
from rules.money import Money


class ShownMoney(msgspec.Struct, frozen=True, kw_only=True):
    """
    Three figures that are never added; `blocked` is at most what is left to bill.

    `delayed` is what waits for cash though it is billed: `delayed_cash` is what that costs.
    """

    blocked: Money | None
    delayed_cash: Money | None
    exposure: Money | None
    delayed: Money | None


class ShownIncident(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: str


class ShownException(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    process: str
    instance: str
    case: str
    case_title: str
    stage: str | None
    ruleset: str
    ruleset_version: str
    rule: str
    rule_version: str
    type: str
    title: str
    occurrence: str
    severity: str
    priority: Priority
    incident: ShownIncident | None
    state: str
    owner: str | None
    assignee: str | None
    reason: str
    evidence: tuple[Evidence, ...]
    decision: str | None
    money: ShownMoney
    engagement: str | None
    process_sla: Promise | None
    handling_sla: Promise | None
    opened_at: datetime
    age_seconds: float
    acknowledged_at: datetime | None
    promised_at: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None
    resolved_event: str | None
    waiver: Waiver | None
    waived_until: datetime | None
    reopened: int
    reopened_by: str | None
    escalated: int
    changed_at: datetime
    next_step: str | msgspec.UnsetType = msgspec.UNSET
    history: Sequence[Line] | msgspec.UnsetType = msgspec.UNSET


def represent(  # noqa: PLR0913 - what is known of it, as of when, by which policy
    exception: ProcessException,
    *,
    at: datetime,
    cost_of_capital: Decimal = COST_OF_CAPITAL,
    policy: Policy = BUILT_IN,
    formed: frozenset[str] = frozenset(),
    history: Sequence[Line] | None = None,
    next_step: str | None = None,
) -> ShownException:
    """
    Return *exception* as of *at*; a list leaves *history* and *next_step* out.

    Its incident is shown when that is among those *formed*.
    """
    incident = exception.incident
    kept = {
        name: getattr(exception, name)
        for name in ShownException.__struct_fields__
        if name in ProcessException.__struct_fields__ and name not in {"process_sla", "incident"}
    }
    until = exception.resolved_at or at
    return ShownException(
        **kept,
        case=exception.case_key,
        priority=priority(exception, policy, at=at),
        incident=(
            ShownIncident(id=incident.id, title=incident.title)
            if incident is not None and incident.id in formed
            else None
        ),
        money=ShownMoney(
            blocked=blocked_by(exception),
            delayed_cash=delayed_cash(exception, at=at, cost_of_capital=cost_of_capital),
            exposure=exception.exposure,
            delayed=exception.delayed,
        ),
        process_sla=process_promise(exception, at=at),
        handling_sla=handling_promise(exception, at=at),
        age_seconds=(until - exception.opened_at).total_seconds(),
        next_step=msgspec.UNSET if next_step is None else next_step,
        history=msgspec.UNSET if history is None else history,
    )
