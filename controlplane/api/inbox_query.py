"""What a call asks of the inbox: the query of the list of exceptions."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, NamedTuple

from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter
from msgspec.structs import replace

from controlplane.api.overview import window_of
from controlplane.api.problem import invalid
from controlplane.api.query import AsOf, instant_given, instant_of
from governance.exception.inbox.wanted import SORTS, Wanted
from rules.money import MoneyError, decimal

ALL = "all"
Listed = Annotated[str | None, QueryParameter(description="One value, or several with commas.")]


class Asked(NamedTuple):
    """What is wanted, and the instant at which it is."""

    wanted: Wanted
    at: datetime


def listed_of(  # noqa: PLR0913 (one argument a query parameter)
    *,
    status: Listed = None,
    severity: Listed = None,
    owner: Listed = None,
    process: Listed = None,
    rule: Listed = None,
    ruleset: Listed = None,
    class_: Annotated[
        str | None,
        QueryParameter(name="class", description="The `type` of the rule, e.g. PO_EXPIRED."),
    ] = None,
    stage: Listed = None,
    sla: Listed = None,
    priority: Annotated[
        str | None, QueryParameter(description="P1 to P4: one, or several with commas.")
    ] = None,
    incident: Listed = None,
) -> Wanted:
    """Return the part of what is wanted that is one of several words."""
    return Wanted(
        status=() if status == ALL else _several(status),
        severity=_several(severity),
        owner=_several(owner),
        process=_several(process),
        rule=_several(rule),
        type=_several(class_),
        priority=_several(priority),
        incident=_several(incident),
        ruleset=_several(ruleset),
        stage=_several(stage),
        sla=_several(sla),
    )


def asked_of(  # noqa: PLR0913 (one argument a query parameter)
    listed: NamedDependency[Wanted],
    *,
    case: FromQuery[str | None] = None,
    instance: FromQuery[str | None] = None,
    assignee: FromQuery[str | None] = None,
    unassigned: FromQuery[bool] = False,
    q: FromQuery[str | None] = None,
    min_amount: FromQuery[Decimal | None] = None,
    due_within_hours: Annotated[int | None, QueryParameter(ge=0, le=8_760)] = None,
    resolved_since: FromQuery[str | None] = None,
    resolved_until: FromQuery[str | None] = None,
    resolved_window: Annotated[
        str | None, QueryParameter(description="Resolved in it: days such as `30d`, or `all`.")
    ] = None,
    waiver_asked: FromQuery[bool] = False,
    handled_late: FromQuery[bool] = False,
    sort: FromQuery[str] = "priority",
    as_of: AsOf = None,
) -> Asked:
    """Return all that is asked; 400 where a part of it says nothing."""
    if sort not in SORTS:
        raise invalid("/sort", f"sort is one of {', '.join(sorted(set(SORTS)))}.", status=400)
    at = instant_of(as_of)
    since = instant_given(resolved_since, "resolved_since")
    if resolved_window is not None:
        since = window_of(resolved_window, at).since
    wanted = replace(
        listed,
        case=instance or case,
        assignee=assignee,
        unassigned=unassigned,
        q=q or None,
        min_amount=_finite(min_amount),
        due_within=None if due_within_hours is None else timedelta(hours=due_within_hours),
        resolved_since=since,
        resolved_until=instant_given(resolved_until, "resolved_until"),
        waiver_asked=waiver_asked,
        handled_late=handled_late,
        sort=SORTS[sort],
    )
    return Asked(wanted, at)


PROVIDED = {
    "listed": Provide(listed_of, sync_to_thread=False),
    "asked": Provide(asked_of, sync_to_thread=False),
}


def _several(text: str | None) -> tuple[str, ...]:
    return tuple(one.strip() for one in (text or "").split(",") if one.strip())


def _finite(amount: Decimal | None) -> Decimal | None:
    try:
        return None if amount is None else decimal(amount)
    except MoneyError as error:
        raise invalid("/min_amount", f"{error}.", status=400) from error
