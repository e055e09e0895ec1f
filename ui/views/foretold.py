"""What is likely to break: never without enough history, always with what it was told from."""

from html import escape
from urllib.parse import quote

import streamlit as st

from ui.client import read_steady
from ui.components import heading
from ui.display import DASH, moment, percent, plural, short_money
from ui.records import Case, Forecasts, Foretold, RunningClock
from ui.views import names

LIKELY, POSSIBLE, RARE = 0.5, 0.2, 0.01
LISTED = 6
SHAPES = {"breach": "◆", "risk": "▲", "ok": "●", "none": "○"}


def today(process: str) -> None:
    """List the promises of *process* that are due within a day and likely to break."""
    found = read_steady("/v1/forecast", Forecasts, process=process, at_least=str(POSSIBLE))
    if not found.clocks:
        st.caption(f"No promise is due by {moment(found.until)}: none will break within a day.")
        return
    with st.container(border=True, key="card_foretold"):
        heading.card("Will break within a day", summary(found))
        known = [one for one in found.items if one.forecast is not None]
        st.html(
            "".join(row(one) for one in known[:LISTED])
            or '<span class="cp-muted">None of those with enough history has a chance of '
            f"{percent(POSSIBLE, 0)} or more.</span>"
        )
        if reading := awaited(found):
            st.caption(reading)


def summary(found: Forecasts) -> str:
    """Write how many are due, of how many something is known, and how many that makes."""
    due = f"{plural(found.clocks, 'promise')} due by {moment(found.until)}"
    if not found.told:
        why = "history is still being read" if found.awaited else "too little history to say more"
        return f"{due} · {why}"
    known = f" as of {moment(found.known_at)}" if found.known_at else ""
    return (
        f"{due} · {found.told:,} with enough history{known}, "
        f"{found.expected_breaches:.1f} of them likely to break"
    )


def awaited(found: Forecasts) -> str:
    """Say of which objectives nothing is said yet."""
    if not found.awaited:
        return ""
    those = ", ".join(names.objective(sla) for sla in found.awaited)
    return f"Nothing is said yet of {those}: the history of past promises is still being read."


def case(found: Case) -> None:
    """Say of each promise that runs on the case what is likely of it."""
    if found.state != "running":
        return
    foretold = read_steady(f"/v1/instances/{found.id}/forecast", Forecasts)
    running = foretold.items
    if not running:
        return
    with st.container(border=True, key="card_running"):
        heading.card("Promises that run", "chance of breach, and from how many alike it is told")
        st.html("".join(row(one, named=False) for one in running))
        if reading := awaited(foretold):
            st.caption(reading)


def row(one: RunningClock, *, named: bool = True) -> str:
    shade = tone(one.forecast)
    about = f"{one.title or one.case} · {one.object}" if one.object else one.title or one.case
    if not named:
        about = one.object or ""
    what = (
        f"<b>{escape(names.objective(one.sla))}</b>"
        f'<span class="cp-muted cp-clip">{escape(about)}</span>'
    )
    link = f"case?instance={quote(one.instance, safe='')}"
    tag, end = (f'<a href="{link}" target="_self"', "</a>") if named else ("<div", "</div>")
    return (
        f'{tag} class="cp-row" style="grid-template-columns:96px 1fr 1fr 80px">'
        f'<span class="cp-chip cp-{shade}">{SHAPES[shade]} {chance(one.forecast)}</span>'
        f'<span>{what}</span><span class="cp-muted">{escape(basis(one))}</span>'
        f'<b class="cp-num" style="text-align:right">'
        f"{short_money(one.amount) if one.amount else ''}</b>{end}"
    )


def tone(told: Foretold | None) -> str:
    if told is None:
        return "none"
    if told.chance >= LIKELY:
        return "breach"
    return "risk" if told.chance >= POSSIBLE else "ok"


def chance(told: Foretold | None) -> str:
    """Write a chance as a person says it; a rare one is not never."""
    if told is None:
        return "not known"
    return percent(told.chance, 0) if told.chance >= RARE else "under 1%"


def basis(one: RunningClock) -> str:
    due = f"due {moment(one.due_at)}, {percent(one.used, 0)} used"
    if one.forecast is None:
        return f"{due} · too few alike to say"
    half = one.forecast.expected_at
    likely = f" · half are kept by {moment(half)}" if half else ""
    return f"{due}{likely} · from {one.forecast.sample:,} alike by {one.forecast.like or DASH}"
