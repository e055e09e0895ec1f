"""An exception as the API shows it: what broke, both promises, what it costs, what happened."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from governance.exception.at_risk import COST_OF_CAPITAL, delayed_cash
from governance.exception.process_exception import Line, ProcessException
from governance.exception.promise import Promise, handling_promise, process_promise
from rules.decision import Evidence
from rules.money import Money


class ShownMoney(msgspec.Struct, frozen=True, kw_only=True):
    """Three figures that are never added."""

    blocked: Money | None
    delayed_cash: Money | None
    exposure: Money | None


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
    waived_until: datetime | None
    reopened: int
    changed_at: datetime
    history: Sequence[Line] | msgspec.UnsetType = msgspec.UNSET


def represent(
    exception: ProcessException,
    *,
    at: datetime,
    cost_of_capital: Decimal = COST_OF_CAPITAL,
    history: Sequence[Line] | None = None,
) -> ShownException:
    """Return *exception* as of *at*; a list leaves the *history* out."""
    kept = {
        name: getattr(exception, name)
        for name in ShownException.__struct_fields__
        if name in ProcessException.__struct_fields__ and name != "process_sla"
    }
    until = exception.resolved_at or at
    return ShownException(
        **kept,
        case=exception.case_key,
        money=ShownMoney(
            blocked=exception.blocked,
            delayed_cash=delayed_cash(exception, at=at, cost_of_capital=cost_of_capital),
            exposure=exception.exposure,
        ),
        process_sla=process_promise(exception, at=at),
        handling_sla=handling_promise(exception, at=at),
        age_seconds=(until - exception.opened_at).total_seconds(),
        history=msgspec.UNSET if history is None else history,
    )
