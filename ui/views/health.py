"""Process health: is the promise kept, what waits on it, and what needs a decision first."""

from collections.abc import Sequence
from functools import partial
from html import escape

import streamlit as st

from ui.charts import canvas, flow, held_money, trend
from ui.client import fetch_csv, read, read_steady
from ui.components import choice, heading, kpi, notice, table
from ui.components.state import chip
from ui.components.style import colours
from ui.display import DASH, TIMES, count, duration, moment, percent, plural, several, short_money
from ui.export import figures_csv
from ui.records import (
    EarlierExceptions,
    EarlierPromises,
    Health,
    MoneyAtRisk,
    Process,
    Processes,
    ProcessException,
)
from ui.views import foretold, names
from ui.views.inbox import STANDING
from ui.views.links import exception_link, follow, go, open_exceptions
from ui.zone import zone_name

WINDOWS = {"7d": "7 d", "30d": "30 d", "90d": "90 d", "all": "All"}
FIRST = 5
CHART_HEIGHT = 350
LOWER_HEIGHT = 314


def screen() -> None:
    processes = read_steady("/v1/processes", Processes).items
    if not processes:
        heading.screen("Process health")
        notice.without_pack(
            "No process is being watched",
            "Health is computed from a process model and the events of its cases. Install the "
            "shipped pack, or one of your own:",
            key="no_process",
        )
        return
    process, window = frame(processes)
    if process.version is None:
        unmodelled(process)
        return
    body(process.process, window)


def unmodelled(process: Process) -> None:
    notice.empty(
        "Nothing is expected of this process",
        "No model says what is promised in it, so nothing can be late. How its cases flow, and "
        "where they wait, is known all the same.",
        notice.Offer(
            label="Open the process map",
            icon=":material/account_tree:",
            act=partial(go, "map", process=process.process),
        ),
        key="no_model",
    )
    follow()


def frame(processes: Sequence[Process]) -> tuple[Process, str]:
    """Draw the heading; return the process and the window that the reader chose."""
    by_id = {one.process: one for one in processes}
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        title = st.empty()
        with st.container(
            horizontal=True,
            horizontal_alignment="right",
            vertical_alignment="center",
            width="content",
        ):
            window = choice.window(WINDOWS, key="window")
            titles = {name: one.title or name for name, one in by_id.items()}
            chosen = choice.select("Process", titles, name="process", width=190)
            export(chosen, window)
    process = by_id[chosen]
    owner = f" · owned by {process.owner}" if process.owner else ""
    with title:
        heading.screen(
            "Process health", f"{process.title or chosen}{owner} · clocks in business hours"
        )
    return process, window


def export(process: str, window: str) -> None:
    """Offer what the screen shows, and the exceptions behind it; both are made when asked for."""
    with st.popover("Export", icon=":material/download:", key="export"):
        st.download_button(
            "Figures (CSV)",
            data=lambda: figures_csv(asked(process, window), process, window),
            file_name=f"{process}-{window}.csv",
            mime="text/csv",
            on_click="ignore",
            key="export_figures",
            width="stretch",
        )
        st.download_button(
            "Open exceptions (CSV)",
            data=lambda: fetch_csv("/v1/exceptions", {"process": process, "status": STANDING}),
            file_name=f"{process}-exceptions.csv",
            mime="text/csv",
            on_click="ignore",
            key="export_exceptions",
            width="stretch",
        )


def asked(process: str, window: str) -> Health:
    return read(f"/v1/processes/{process}/health", Health, window=window)


@st.fragment(run_every="10s", key="health_live")
@notice.told("health_live")
def body(process: str, window: str) -> None:
    follow()
    notice.catching_up()
    health = asked(process, window)
    if not (health.cases or health.running_cases):
        if window == "all":
            notice.without_events(
                "No case is known yet",
                "No event has named one. Point a source at the control plane, or let the "
                "simulated firm send its events:",
                key="no_case",
            )
            return
        notice.empty(
            "No case in this window",
            "Either nothing happened in it, or no event has named a case yet.",
            notice.Offer(
                label="Look at all time", icon=":material/date_range:", act=look_at_everything
            ),
            key="no_case",
        )
        return
    opened = kpi.strip(figures(health), key="health_figures")
    if opened in PROMISED:
        go("slas", process=process, sla_window=WINDOWS[window])
        follow()
    if opened:
        filters = OPENS.get(opened, {})
        closed = {"closed": window} if filters.get("view") == "Closed" else {}
        open_exceptions(process, {**filters, **closed})
        follow()
    upper(health)
    lower(health)
    foretold.today(process)
    objectives(health, process, window)
    st.caption(
        f":material/sensors: Live, every 10 s · {plural(health.cases, 'case')} and "
        f"{plural(health.events, 'event')} · as of {moment(health.as_of)} ({zone_name()}) · "
        "“was”: in the window of the same length before"
    )


def look_at_everything() -> None:
    st.session_state["window"] = "all"


PROMISED = ("attainment", "burn")
OPENS: dict[str, dict[str, str]] = {
    "money": {"sort": "Amount"},
    "breached": {"sla": "Breached"},
    "resolve": {"view": "Closed", "sort": "Newest"},
    "closed": {"view": "Closed", "sort": "Newest"},
}


def promise_state(health: Health) -> str | None:
    """
    Return the state of the promise, for attainment and for burn alike.

    Burn is the share missed over the share that may be missed: above 1 attainment is below
    its target, so the thresholds of burn are those of both.
    """
    states = {"ok": "on_track", "risk": "at_risk", "breach": "breached"}
    return states.get(trend.burn_tone(health.burn))


def times(burn: float | None) -> str:
    return DASH if burn is None else f"{burn:.1f}{TIMES}"


def was(before: str) -> str:
    """Write what the figure was in the window before; nothing where there is none."""
    return f" · was {before}" if before != DASH else ""


def figures(health: Health) -> list[kpi.Figure]:
    return [*promise_figures(health), *work_figures(health)]


def promise_figures(health: Health) -> list[kpi.Figure]:
    money, before = health.money, health.earlier or EarlierPromises()
    daily = [day for day in health.trend if day.attainment is not None]
    return [
        kpi.Figure(
            id="attainment",
            label="SLA attainment",
            value=percent(health.attainment),
            note=f"target {percent(health.target, 0)}{was(percent(before.attainment))}",
            state=promise_state(health),
            trend=tuple(day.attainment for day in daily if day.attainment is not None),
            target=health.target,
        ),
        kpi.Figure(
            id="money",
            label="Money held up",
            value=several(money.blocked),
            note=f"of {several(health.money_in_progress)}{delay(money)}",
            state="at_risk" if money.blocked else "on_track",
            trend=money_line(health),
        ),
        kpi.Figure(
            id="burn",
            label="Budget burn",
            value=times(health.burn),
            note=f"limit 1.0{TIMES}{was(times(before.burn))}",
            state=promise_state(health),
            trend=tuple(day.burn for day in health.trend if day.burn is not None),
            target=trend.BREAK_EVEN,
        ),
    ]


def delay(money: MoneyAtRisk) -> str:
    """Return what waiting for cash, billed or not, has cost; nothing where none waits."""
    costs = [one for one in money.delayed_cash if one.amount]
    return f", delay costs {several(costs)}" if costs else ""


def money_line(health: Health) -> tuple[float, ...]:
    """Return what was held up day by day; nothing where that takes more than one currency."""
    days = [day.blocked for day in health.exceptions.trend]
    codes = {one.currency for held in (*days, health.money.blocked) for one in held}
    if len(codes) != 1:
        return ()
    return tuple(float(sum(one.amount for one in held)) for held in days)


def work_figures(health: Health) -> list[kpi.Figure]:
    work = health.exceptions
    before = work.earlier or EarlierExceptions()
    medians = [day.median_to_resolve_seconds for day in work.trend]
    return [
        kpi.Figure(
            id="breached",
            label="Breached now",
            value=count(work.breached),
            note=f"{plural(health.at_risk_now, 'clock')} at risk · {count(work.open)} open",
            state="breached" if work.breached else "on_track",
        ),
        kpi.Figure(
            id="resolve",
            label="Median to resolve",
            value=duration(work.median_to_resolve_seconds),
            note=f"a case {duration(health.duration.median_seconds)}"
            + was(duration(before.median_to_resolve_seconds)),
            trend=tuple(median for median in medians if median is not None),
        ),
        kpi.Figure(
            id="closed",
            label="Exceptions closed",
            value=count(work.closed),
            note="resolved" + was(count(before.closed)),
            trend=tuple(float(day.closed) for day in work.trend),
        ),
    ]


def upper(health: Health) -> None:
    with st.container(key="wide_upper"):
        left, right = st.columns([1.75, 1], gap="small")
    with left.container(border=True, key="card_flow", height=CHART_HEIGHT):
        heading.card(
            "Where work flows, and where it is late",
            "cases by stage · slowest tenth (p90) against the limit",
        )
        if health.stages:
            st.plotly_chart(
                flow.figure(health.stages, colours()),
                theme=None,
                config=canvas.options("flow"),
                key="flow",
                alt=flow.alt(health.stages),
            )
    with right.container(border=True, key="card_trend", height=CHART_HEIGHT):
        heading.card(
            "SLA attainment and burn rate",
            f"target {percent(health.target, 0)}",
        )
        if health.trend:
            st.plotly_chart(
                trend.figure(health.trend, health.target, colours()),
                theme=None,
                config=canvas.options("attainment"),
                key="trend",
                alt=trend.alt(health.trend, health.target),
            )


def lower(health: Health) -> None:
    with st.container(key="wide_lower"):
        left, right = st.columns([1.35, 1], gap="small")
    with left.container(border=True, key="card_held", height=LOWER_HEIGHT):
        money_held(health)
    with right.container(border=True, key="card_first", height=LOWER_HEIGHT):
        heading.card("Needs a decision first", "most money, most of the promise used")
        if health.exceptions.first:
            st.html("".join(first_html(one) for one in health.exceptions.first[:FIRST]))
        else:
            st.html('<span class="cp-muted">Nothing waits for a decision.</span>')


def money_held(health: Health) -> None:
    held, by_stage = health.exceptions.by_stage_rule, health.exceptions.by_stage
    codes = held_money.currencies(held)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        heading.card("Money held up by open exceptions", "red: breached")
        currency = codes[0] if codes else ""
        if len(codes) > 1:
            currency = (
                st.segmented_control(
                    "Currency",
                    codes,
                    default=currency,
                    required=True,
                    key="currency",
                    bind="query-params",
                    label_visibility="collapsed",
                )
                or currency
            )
    if not codes:
        st.html('<span class="cp-muted">No open exception holds money up.</span>')
        return
    st.plotly_chart(
        held_money.figure(held, by_stage, currency, colours(), health.stages),
        theme=None,
        config=canvas.options("money-held-up"),
        key="held",
        alt=held_money.alt(held, currency),
    )


def first_html(one: ProcessException) -> str:
    who = names.person(one.assignee) or one.owner or "nobody yet"
    return (
        f'<a href="{exception_link(one.id)}" target="_self" class="cp-row" '
        f'style="grid-template-columns:96px 1fr auto"><span>{chip(one.sla.state)}</span>'
        f'<span><b class="cp-clip">{escape(one.title)}</b>'
        f'<span class="cp-muted cp-clip">{escape(one.case_title or one.case)} · {escape(who)}'
        f'</span></span><b class="cp-num">{short_money(one.money.first)}</b></a>'
    )


def objectives(health: Health, process: str, window: str) -> None:
    """Draw the table behind the charts: every objective with its clocks and its money."""
    with st.container(border=True, key="card_objectives"):
        heading.card("Objectives", "every SLA of the process · click one for its budget and cases")
        shown = WINDOWS[window]
        table.objectives(
            health.slas, lambda sla: go("slas", sla=sla, process=process, sla_window=shown)
        )
        follow()
        behind = st.expander(
            "The figures behind the charts",
            icon=":material/table_rows:",
            key="behind",
            on_change="rerun",
        )
        if not behind.open:
            return
        with behind:
            table.stages(health.stages)
            table.days(health.trend)
            table.held(health.exceptions.by_stage_rule)
