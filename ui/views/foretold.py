"""What is likely to break: never without enough history, always with what it was told from."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

import streamlit as st

from ui.charts import calibration, canvas
from ui.client import read_steady
from ui.components import heading
from ui.components.style import colours
from ui.display import DASH, moment, percent, plural, short_money
from ui.records import Calibrated, Case, Forecasts, Foretold, RunningClock
from ui.views import names

LIKELY, POSSIBLE, RARE = 0.5, 0.2, 0.01
LISTED = 6
SHAPES = {"breach": "◆", "risk": "▲", "ok": "●", "none": "○"}


def today(process: str) -> None:
    """List the promises of *process* that are due within a day and likely to break."""
    found = read_steady("/v1/forecast", Forecasts, process=process, at_least=str(POSSIBLE))
    past = read_steady("/v1/forecast/calibration", Calibrated, process=process)
    if not past.calibration.forecasts:
        due(found)
        return
    left, right = st.columns([1.9, 1], gap="small")
    with left:
        due(found)
    with right:
        came_true(past)


def due(found: Forecasts) -> None:
    with st.container(border=True, key="card_foretold"):
        if not found.clocks:
            heading.card("Will break within a day", "none")
            st.caption(f"No promise is due by {moment(found.until)}.")
            return
        heading.card("Will break within a day", summary(found))
        known = [one for one in found.items if one.forecast is not None]
        st.html(
            "".join(row(one) for one in known[:LISTED])
            or '<span class="cp-muted">None of those with enough history has a chance of '
            f"{percent(POSSIBLE, 0)} or more.</span>"
        )
        if reading := awaited(found.awaited):
            st.caption(reading)


def came_true(past: Calibrated) -> None:
    """Show what was said of the promises of the last weeks beside what came of them."""
    told = past.calibration
    with st.container(border=True, key="card_calibration"):
        heading.card("Did it come true?", f"{told.forecasts:,} forecasts of four weeks")
        st.plotly_chart(
            calibration.figure(told.bins, colours()),
            theme=None,
            config=canvas.options("calibration"),
            key="calibration",
            alt=calibration.alt(told.bins),
        )
        st.caption(verdict(past))


def verdict(past: Calibrated) -> str:
    """Write whether the forecasts knew more than the base rate, by the Brier score."""
    told = past.calibration
    scores = f"Brier score {told.brier:.3f}, of the base rate alone {told.base_brier:.3f}"
    better = "the forecasts know more" if past.skill > 0 else "the forecasts know no more"
    left = (
        f" Without {plural(len(past.awaited), 'promise')} still being read." if past.awaited else ""
    )
    return f"{scores}: {better}. On the line it came as it was said.{left}"


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


def awaited(slas: Sequence[str]) -> str:
    """Say of which objectives nothing is said yet."""
    if not slas:
        return ""
    those = ", ".join(names.objective(sla) for sla in slas)
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
        if reading := awaited(foretold.awaited):
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
