"""One case: what happened when, what was promised, what the rules said, what it is worth."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

import streamlit as st

from ui.charts import canvas, money_chain, steps
from ui.client import MissingError, read
from ui.components import heading, notice
from ui.components.state import chip
from ui.components.style import colours
from ui.display import DASH, day, duration, moment, several, short_money
from ui.plain import plain
from ui.records import (
    Case,
    CaseException,
    Clock,
    Decision,
    Decisions,
    ExceptionPage,
    Happening,
    ProcessException,
    Timeline,
)
from ui.views import cases, corrected, foretold, lineage, standing, verdicts
from ui.views.links import exception_link
from ui.zone import zone_name

LEGEND = (
    '<div class="cp-legend"><span><i style="background:var(--cp-ok)"></i> within the SLA</span>'
    '<span><i style="background:var(--cp-breach)"></i> past it</span>'
    '<span><i style="background:repeating-linear-gradient(45deg,var(--cp-none) 0 2px,'
    'transparent 2px 4px)"></i> waiting</span>'
    '<span><b style="color:var(--cp-text)">|</b> SLA limit</span><span>• event</span>'
    '<span style="color:var(--cp-ok-text)">● rules pass</span>'
    '<span style="color:var(--cp-risk-text)">▲ warn</span>'
    '<span style="color:var(--cp-breach-text)">◆ block</span></div>'
)
EXCEPTIONS = 50
STANDING = "open,acknowledged"
MOST_PAGES = 10


def screen() -> None:
    named = st.query_params.get("instance") or st.query_params.get("case")
    if not named:
        cases.search()
        return
    try:
        found = cases.linked()
        case = read(f"/v1/instances/{found[0]}", Case) if len(found) == 1 else None
    except MissingError:
        found, case = [], None
    if case is not None:
        one(case)
        return
    heading.screen("Case")
    if found:
        st.info(f"**{named}** names {len(found)} cases; choose a process and find it there.")
    else:
        notice.broken_link(named)
    st.button("Find a case", icon=":material/search:", on_click=find_another)


def find_another() -> None:
    for name in ("instance", "case"):
        st.query_params.pop(name, None)


def one(case: Case) -> None:
    happenings = happened(case)
    events = [item for item in happenings if item.kind == "event"]
    latest = read(f"/v1/instances/{case.id}/decisions", Decisions).items
    decisions = read(f"/v1/instances/{case.id}/decisions", Decisions, latest="false").items[::-1]
    broken = read("/v1/exceptions", ExceptionPage, case=case.id, status=STANDING, limit=EXCEPTIONS)
    clocks = case.clocks
    headline(case, clocks, latest, broken)
    standing.band(case)
    with st.container(key="wide_case"):
        left, right = st.columns([2.5, 1], gap="small")
    with left:
        walk(case, events, clocks, decisions)
        foretold.case(case)
        exceptions(broken.items, case.exceptions)
        corrected.card([item for item in happenings if item.kind == "correction"])
        standing.links(case.links)
    with right:
        verdicts.card(case.id, latest)
        worth(case)
    lineage.card(case)
    technical(events)


def happened(case: Case) -> list[Happening]:
    """Return the case's timeline, page after page."""
    found: list[Happening] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = read(f"/v1/instances/{case.id}/timeline", Timeline, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def headline(
    case: Case, clocks: Sequence[Clock], latest: Sequence[Decision], broken: ExceptionPage
) -> None:
    late = sum(clock.state in steps.BROKEN for clock in clocks)
    until = day(case.ended_at) if case.ended_at else "now"
    parts = [
        case.process_title or case.process,
        case.stage_title or case.stage,
        f"{day(case.started_at)} to {until}",
        f"owned by {case.owner or DASH}",
    ]
    figures = (
        ("Elapsed", duration(case.duration_seconds), "text"),
        ("Clocks broken", f"{late} of {len(clocks)}", "breach-text" if late else "text"),
        verdict(latest),
        ("Held up", several(broken.money.blocked), "risk-text" if broken.money.blocked else "text"),
    )
    named = "".join(
        f'<div><span class="cp-muted">{label}</span>'
        f'<div style="color:var(--cp-{colour})">{escape(value)}</div></div>'
        for label, value, colour in figures
    )
    title = case.case if case.title in ("", case.case) else f"{case.case} · {case.title}"
    st.html(
        '<div class="cp-split" style="align-items:end;flex-wrap:wrap"><div>'
        f'<h1 class="cp">{escape(title)}</h1><span class="cp-muted">'
        f"{escape(' · '.join(part for part in parts if part))}</span> {chip(case.state)}</div>"
        f'<div class="cp-figures">{named}</div></div>'
    )


def verdict(latest: Sequence[Decision]) -> tuple[str, str, str]:
    """Return the name, the words and the colour of what the rules say as they stand."""
    outcomes = [firing.outcome for decision in latest for firing in decision.firings]
    asked = len(outcomes) + sum(one.applies for decision in latest for one in decision.not_fired)
    warned = outcomes.count("warning")
    failed = len(outcomes) - warned
    if warned and not failed:
        return "Rules warned", f"{warned} of {asked}", "risk-text"
    also = f" · {warned} warned" if warned else ""
    return "Rules failed", f"{failed} of {asked}{also}", "breach-text" if failed else "text"


@st.fragment(key="walk")
@notice.told("walk")
def walk(
    case: Case,
    events: Sequence[Happening],
    clocks: Sequence[Clock],
    decisions: Sequence[Decision],
) -> None:
    with st.container(border=True, key="card_walk"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            heading.card("What happened, step by step")
            shown = st.segmented_control(
                "Show",
                ["all", "late"],
                default="all",
                required=True,
                format_func={"all": "All steps", "late": "Only late"}.__getitem__,
                key="steps",
                bind="query-params",
                label_visibility="collapsed",
            )
        rows = steps.steps(events, clocks)
        rows = [row for row in rows if row.late] if shown == "late" else rows
        if not rows:
            st.html('<span class="cp-muted">No step is late. All steps shows the others.</span>')
            return
        now = case.ended_at or case.as_of or datetime.now(UTC)
        st.plotly_chart(
            steps.figure(rows, decisions, now, colours()),
            theme=None,
            config=canvas.options("steps"),
            key="walk_chart",
            alt=steps.alt(rows),
            on_select=show_events,
            selection_mode="points",
        )
        st.html(LEGEND)
        departures(case)


def show_events() -> None:
    """Let the technical trace show the step that was pressed."""
    points = st.session_state["walk_chart"].selection.points
    data = points[0].get("customdata") if points else None
    st.session_state["step"] = data[0] if data else None


def show_every_event() -> None:
    st.query_params.pop("event", None)


def departures(case: Case) -> None:
    if case.departures:
        words = "; ".join(one.words for one in case.departures)
        st.html(f'<span class="cp-muted">Left its model: {escape(words)}</span>')


def worth(case: Case) -> None:
    with st.container(border=True, key="card_worth"):
        heading.card("Money through the case", several((case.amount,)) if case.amount else "")
        codes = money_chain.currencies(case.chain)
        if not codes:
            st.html('<span class="cp-muted">No amount has been reported yet.</span>')
        for code in codes:
            st.plotly_chart(
                money_chain.figure(case.chain, code, colours()),
                theme=None,
                config=canvas.options("money"),
                key=f"worth_{code}",
                alt=money_chain.alt(case.chain, code),
            )
        lineage.balances(case.balances)


def exceptions(open_: Sequence[ProcessException], all_: Sequence[CaseException]) -> None:
    """List what has to be worked, then what is closed."""
    standing = {item.id for item in open_}
    closed = [item for item in all_ if item.id not in standing]
    if not open_ and not closed:
        return
    with st.container(border=True, key="card_exceptions"):
        breached = sum(item.sla.state == "breached" for item in open_)
        counts = f"{len(open_)} open, {breached} of them breached · {len(closed)} closed"
        heading.card("Exceptions of this case", counts)
        st.html("".join([*map(exception_html, open_), *map(closed_html, closed)]))


def closed_html(item: CaseException) -> str:
    return (
        f'<a class="cp-row" href="{exception_link(item.id)}" target="_self" '
        'style="grid-template-columns:110px 170px 1fr auto">'
        f'<span>{chip(item.state)}</span><span class="cp-id">{escape(item.id)}</span>'
        f'<span class="cp-clip">{escape(item.title)} '
        f'<span class="cp-muted">{escape(plain(item.reason))}</span></span>'
        f'<span class="cp-muted">{moment(item.resolved_at)}</span></a>'
    )


def exception_html(item: ProcessException) -> str:
    return (
        f'<a class="cp-row" href="{exception_link(item.id)}" target="_self" '
        'style="grid-template-columns:110px 170px 1fr auto">'
        f'<span>{chip(item.sla.state)}</span><span class="cp-id">{escape(item.id)}</span>'
        f'<span class="cp-clip"><b>{escape(item.title)}</b> '
        f'<span class="cp-muted">{escape(plain(item.reason))}</span></span>'
        f'<b class="cp-num">{short_money(item.money.first)}</b></a>'
    )


@st.fragment(key="technical")
@notice.told("technical")
def technical(events: Sequence[Happening]) -> None:
    """List the events with the spans that reported them."""
    with st.container(border=True, key="card_technical"):
        step, named = st.session_state.get("step"), st.query_params.get("event")
        if named and not step:
            chosen = [event for event in events if event.id == named]
            heading.card("Technical trace", f"event {named}")
            st.button("Every event", icon=":material/list:", on_click=show_every_event)
        else:
            chosen = [event for event in events if not step or steps.named(event) == step]
            heading.card(
                "Technical trace", f"events of “{step}”" if step else "every event of the case"
            )
        st.dataframe(
            {
                f"When ({zone_name()})": [moment(event.at) for event in chosen],
                "Step": [steps.named(event) for event in chosen],
                "Type": [event.type or DASH for event in chosen],
                "System": [event.service or event.source or DASH for event in chosen],
                "Amount": [short_money(event.amount) for event in chosen],
                "Trace": [event.trace_id or DASH for event in chosen],
                "Span": [event.span_id or DASH for event in chosen],
                "Event": [event.id or DASH for event in chosen],
            },
            hide_index=True,
            row_height=31,
            alt="Events of the case with their trace and span",
        )
