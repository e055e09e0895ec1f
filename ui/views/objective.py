"""One objective: what it promises, its error budget, the cases that broke it, its calendars."""

from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import quote

import streamlit as st

from ui.client import read, read_steady
from ui.components import heading, notice
from ui.components.state import chip
from ui.display import DASH, TIMES, count, currency_sign, moment, named, percent, plural, several
from ui.records import (
    BudgetWindow,
    Calendar,
    Calendars,
    ErrorBudget,
    KpiCases,
    Objective,
    SlaHealth,
)
from ui.records.objective import Allowed, Band, Segment
from ui.views import names

HEIGHT = 760
LIMIT = 50
VERDICTS = {
    "within": ("on_track", "Within budget"),
    "burning": ("breached", "Used up, still burning"),
    "exhausted": ("breached", "Used up"),
    "too_few": ("unknown", "Too few to say"),
}
UNITS = {
    "business_hours": "business hour",
    "business_days": "business day",
    "hours": "hour",
    "minutes": "minute",
}


def pane(name: str, one: Objective | None, kept: SlaHealth | None, window: str) -> None:
    with st.container(border=True, key="card_objective", height=HEIGHT):
        if one is None:
            notice.broken_link(name)
            return
        path = f"/v1/slas/{quote(one.sla, safe='')}"
        budget = read_steady(f"{path}/budget", ErrorBudget)
        summary(one, budget)
        if kept is not None:
            figures(kept)
        left_of(budget)
        broken(read(f"{path}/cases", KpiCases, window=window, limit=LIMIT), kept)
        otherwise(one)
        counted_on(one)


def summary(one: Objective, budget: ErrorBudget) -> None:
    kind, word = VERDICTS.get(budget.verdict, ("unknown", budget.verdict))
    begins = " or ".join(f"“{named(each)}”" for each in one.begins)
    ends = " and ".join(f"“{named(each)}”" for each in one.ends)
    each = "" if one.per in ("", "case") else f" for each {one.per.replace('-', ' ')}"
    on = f" Counted on {calendar_title(one.calendar)}." if one.calendar else ""
    warned = f" Warned at {' and '.join(f'{share}%' for share in one.warn)}." if one.warn else ""
    st.html(
        f'<div class="cp-split"><span class="cp-muted">{escape(one.severity)} · owned by '
        f"{escape(names.team(one.owner) or DASH)} · version {escape(one.version)}</span>"
        f"{chip(kind, word)}</div>"
        f'<div class="cp-title">{escape(one.title or one.sla)}</div>'
        f'<div class="cp-body"><b>{escape(one.promised)}</b> from {escape(begins)} to '
        f"{escape(ends)}{escape(each)}.{escape(on)}{escape(warned)}</div>"
    )


def figures(kept: SlaHealth) -> None:
    told = (
        ("Kept", percent(kept.attainment)),
        ("Target", percent(kept.target, 0)),
        ("Met", count(kept.met)),
        ("Late", count(kept.late)),
        ("Absent", count(kept.absent)),
        ("Running", count(kept.running)),
        ("Paused", count(kept.paused)),
    )
    heading.figures(told)


def left_of(budget: ErrorBudget) -> None:
    heading.eyebrow(f"Error budget · {percent(budget.target, 0)} must be kept")
    st.dataframe(
        {
            "Last": [plural(one.business_days, "business day") for one in budget.windows],
            "Fell due": [one.ended for one in budget.windows],
            "Broken": [one.broken for one in budget.windows],
            "May break": [f"{one.allowed:,.1f}" for one in budget.windows],
            "Used up": [used(one, budget) for one in budget.windows],
            "Money behind": [several(one.money_broken) for one in budget.windows],
        },
        hide_index=True,
        row_height=31,
        alt="The error budget of the last 5 and 20 business days",
    )


def used(one: BudgetWindow, budget: ErrorBudget) -> str:
    if one.burn is None:
        return f"fewer than {budget.minimum_volume}"
    return f"{one.burn:.1f}{TIMES}"


def broken(found: KpiCases, kept: SlaHealth | None) -> None:
    heading.eyebrow("Cases that broke it, the last first")
    if not found.items:
        st.html('<span class="cp-muted">None in this window.</span>')
        return
    st.dataframe(
        {
            "Case": [f"case?instance={one.id}#{one.title or one.case}" for one in found.items],
            "Was due": [moment(one.at) for one in found.items],
            "Money": [several(one.amounts) for one in found.items],
        },
        hide_index=True,
        row_height=31,
        height=min(280, 40 + 31 * len(found.items)),
        column_config={"Case": st.column_config.LinkColumn("Case", display_text="#(.*)$")},
        alt="Cases whose promise broke",
    )
    if found.next_cursor:
        every = f" of {kept.late + kept.absent:,}" if kept else ""
        st.html(f'<span class="cp-muted">The last {LIMIT}{every}.</span>')


def otherwise(one: Objective) -> None:
    """Say for whom something else is promised, and what sends the time back."""
    told = [f"{allowed(each.target)} {where(each)}" for each in one.targets]
    told += [
        f"Counted on {calendar_title(each.calendar)} where {conditions(each.where)}"
        for each in one.calendars
    ]
    if one.rejection is not None:
        back = " or ".join(f"“{named(each)}”" for each in one.rejection.by)
        done = "begins anew" if one.rejection.then == "restart" else "stands still"
        told.append(f"The time {done} after {back}")
    if told:
        heading.eyebrow("Otherwise")
        items = "".join(f"<li>{escape(each)}</li>" for each in told)
        st.html(f'<ul class="cp-list">{items}</ul>')


def allowed(target: Allowed) -> str:
    for name, unit in UNITS.items():
        size = getattr(target, name)
        if size is not None:
            return f"{size} {unit}" if str(size) == "1" else f"{size} {unit}s"
    return "Another time"


def where(one: Segment) -> str:
    parts = [conditions(one.where)] if one.where else []
    parts += [band(one.amount)] if one.amount else []
    return f"where {' and '.join(parts)}"


def conditions(where: dict[str, list[str]]) -> str:
    return " and ".join(
        f"{field.rpartition('.')[2].replace('_', ' ')} is {' or '.join(values)}"
        for field, values in where.items()
    )


def band(one: Band) -> str:
    sign = currency_sign(one.currency)
    parts = []
    if one.at_least is not None:
        parts.append(f"at least {sign}{one.at_least}")
    if one.below is not None:
        parts.append(f"less than {sign}{one.below}")
    return f"it is worth {' and '.join(parts)}"


def calendars() -> dict[str, Calendar]:
    return {one.calendar: one for one in read_steady("/v1/calendars", Calendars).items}


def calendar_title(name: str | None) -> str:
    found = calendars().get(name or "")
    return (found.title if found else "") or name or DASH


def counted_on(one: Objective) -> None:
    """Show when the calendars that count for it are open."""
    known = calendars()
    asked = dict.fromkeys([one.calendar, *(each.calendar for each in one.calendars)])
    for each in (known[name] for name in asked if name and name in known):
        heading.eyebrow(f"{each.title or each.calendar} · {each.zone}")
        days = ", ".join(opening(each))
        off = ""
        if each.holidays:
            region = f"-{each.holidays.region}" if each.holidays.region else ""
            off = f" · closed on the holidays of {each.holidays.country}{region}"
        st.html(f'<span class="cp-body">{escape(days + off)}</span>')


def opening(one: Calendar) -> Iterator[str]:
    """Yield the days that are open alike: `Mon to Fri 09:00-17:30`."""
    runs: list[tuple[str, list[str]]] = []
    for day, hours in one.hours.items():
        told = " and ".join(hours)
        if runs and runs[-1][0] == told:
            runs[-1][1].append(day)
        else:
            runs.append((told, [day]))
    for told, days in runs:
        if told:
            yield f"{span(days)} {told}"


def span(days: Sequence[str]) -> str:
    first, last = days[0].capitalize(), days[-1].capitalize()
    return first if len(days) == 1 else f"{first} to {last}"
