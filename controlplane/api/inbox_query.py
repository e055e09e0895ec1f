"""What a call asks of the inbox: the query of the list of exceptions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, NamedTuple, get_args

from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter
from msgspec.structs import replace

from controlplane.api.overview import window_of
from controlplane.api.problem import invalid
from controlplane.api.query import AsOf, instant_given, instant_of
from governance.exception.inbox.wanted import SORTS, Wanted
from governance.exception.process_exception import State
from governance.handling.policy import PRIORITIES, SEVERITIES
from rules.money import MoneyError, decimal

ALL = "all"
STATES = get_args(State)
PRESSING = ("breached", "at_risk", "on_track")
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
    """Return the part of what is wanted that is one of several words; 400 where none fits."""
    return Wanted(
        status=() if status == ALL else _of(STATES, status, "status", or_else=ALL),
        severity=_of(SEVERITIES, severity, "severity"),
        owner=_several(owner),
        process=_several(process),
        rule=_several(rule),
        type=_several(class_),
        priority=_of(PRIORITIES, priority, "priority"),
        incident=_several(incident),
        ruleset=_several(ruleset),
        stage=_several(stage),
        sla=_of(PRESSING, sla, "sla"),
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


def _of(known: Sequence[str], text: str | None, name: str, *, or_else: str = "") -> tuple[str, ...]:
    """Return the words of *text*; 400 where one is none of those *known*."""
    words, one_of = _several(text), [*known, *([or_else] if or_else else [])]
    if strange := [one for one in words if one not in known]:
        raise invalid(
            f"/{name}", f"{name} is one of {', '.join(one_of)}, not {strange[0]!r}.", status=400
        )
    return words


def _several(text: str | None) -> tuple[str, ...]:
    return tuple(one.strip() for one in (text or "").split(",") if one.strip())


def _finite(amount: Decimal | None) -> Decimal | None:
    try:
        return None if amount is None else decimal(amount)
    except MoneyError as error:
        raise invalid("/min_amount", f"{error}.", status=400) from error
