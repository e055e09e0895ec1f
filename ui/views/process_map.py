"""Process map: how work really flows, where it waits, who hands it on, what groups differ in."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from html import escape
from itertools import groupby
from urllib.parse import quote

import streamlit as st

from ui.charts import canvas, difference, handover_matrix, process_map, waiting
from ui.client import read_steady
from ui.components import choice, heading, notice
from ui.components.state import chip
from ui.components.style import colours
from ui.display import TIMES, count, duration, named, percent, plural, sentence
from ui.records import (
    Bottleneck,
    Compared,
    Departing,
    Departures,
    HandOver,
    Picture,
    Pictured,
    Process,
    Processes,
    Variants,
    Waiting,
    WayDifference,
)

SHOWN = 12
EXAMPLES = 5
TABS = ("Map", "Variants", "Conformance", "Waiting", "Hand-overs", "Compare")
HEIGHT = 560


def screen() -> None:
    processes = read_steady("/v1/processes", Processes).items
    if not processes:
        heading.screen("Process map")
        notice.without_pack(
            "No process is being watched",
            "The map is drawn from the events of cases. Install the shipped pack, or one of "
            "your own:",
            key="no_process",
        )
        return
    body(frame(processes))


def frame(processes: Sequence[Process]) -> str:
    """Draw the heading; return the process that the reader chose."""
    titles = {one.process: one.title or one.process for one in processes}
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        heading.screen("Process map", "How work really flows · from every event that was seen")
        return choice.select("Process", titles, name="process", width=220)


@st.fragment(key="process_map")
@notice.told("process_map")
def body(process: str) -> None:
    path = f"/v1/processes/{process}"
    seen = read_steady(f"{path}/picture", Pictured)
    if not seen.cases:
        notice.without_events(
            "No case of this process was seen yet",
            "The map draws itself as events come. The simulated firm has some:",
            key="no_case",
        )
        return
    said(seen)
    chosen = st.segmented_control(
        "Show",
        TABS,
        default=TABS[0],
        required=True,
        key="show",
        bind="query-params",
        label_visibility="collapsed",
    )
    with st.container(border=True, key="card_process_map"):
        match chosen:
            case "Variants":
                variants(path, seen.cases)
            case "Conformance":
                conformance(read_steady(f"{path}/departures", Departures))
            case "Waiting":
                bottlenecks(read_steady(f"{path}/bottlenecks", Waiting))
            case "Hand-overs":
                handovers(seen.picture.handovers)
            case "Compare":
                compare(path)
            case _:
                drawn_map(seen)


def said(seen: Pictured) -> None:
    picture = seen.picture
    took = picture.duration
    sample = f" · a sample of {count(seen.looked_at)}" if seen.looked_at < seen.cases else ""
    half = f" · half end within {duration(took.median_seconds)}" if took else ""
    slow = f", 95% within {duration(took.p95_seconds)}" if took else ""
    st.caption(
        f"{plural(seen.cases, 'case')}{sample} · {plural(picture.events, 'event')}{half}{slow} · "
        f"rework in {plural(picture.reworked, 'case')}, {plural(picture.repeats, 'repeated event')}"
    )


def drawn_map(seen: Pictured) -> None:
    percent_shown = st.slider(
        "Passages shown",
        min_value=50,
        max_value=100,
        value=80,
        step=5,
        format="%d%%",
        key="passages",
        bind="query-params",
        help="The most used ways that make up this share of all passages.",
    )
    share = percent_shown / 100
    st.graphviz_chart(
        process_map.dot(seen.picture, share, colours()),
        width="content",
        alt=process_map.alt(seen.picture, share),
    )
    st.caption(
        "On each way: how long half of the passages take at most, and how often they are taken."
    )
    with st.expander("The figures behind the map", icon=":material/table_rows:"):
        figures(seen.picture)


def figures(seen: Picture) -> None:
    ways = seen.ways
    st.dataframe(
        {
            "From": [named(one.source) for one in ways],
            "To": [named(one.target) for one in ways],
            "Passages": [one.took.count for one in ways],
            "Half within": [duration(one.took.median_seconds) for one in ways],
            "95% within": [duration(one.took.p95_seconds) for one in ways],
        },
        hide_index=True,
        alt="Every way with its passages",
    )
    rework = [one for one in seen.activities if one.repeats]
    st.dataframe(
        {
            "Activity": [named(one.activity) for one in rework],
            "Cases that repeat it": [one.reworked for one in rework],
            "Repeats": [one.repeats for one in rework],
            "At once": [one.self_loops for one in rework],
            "Later": [one.repeats - one.self_loops for one in rework],
        },
        hide_index=True,
        alt="What is done more than once in a case",
    )


def variants(path: str, cases: int) -> None:
    found = read_steady(f"{path}/variants", Variants, limit=50)
    heading.card("Variants", f"{plural(found.total or 0, 'way')} that cases take, commonest first")
    for one in found.items[:SHOWN]:
        chain = '<span class="cp-muted"> → </span>'.join(map(escape, steps(one.activities)))
        st.html(
            f'<div class="cp-row" style="grid-template-columns:96px 64px 1fr">'
            f'<b class="cp-num">{count(one.cases)}</b>'
            f'<span class="cp-muted">{percent(one.cases / cases)}</span>'
            f"<span>{chain}</span></div>"
        )


def steps(activities: Sequence[str]) -> list[str]:
    """Write a way step by step; one that is taken several times in a row is written once."""
    runs = [(name, len(list(those))) for name, those in groupby(activities)]
    return [f"{named(name)} {times}{TIMES}" if times > 1 else named(name) for name, times in runs]


def conformance(found: Departures) -> None:
    """Say how many cases keep to their model, and where the others leave it."""
    share = found.conforming / found.cases if found.cases else None
    heading.card("Conformance", "cases that keep to the order of their process model")
    told = (
        ("Keep to the model", f"{count(found.conforming)} of {count(found.cases)}"),
        ("Share", percent(share)),
        ("Cases with rework", count(found.rework.cases)),
        ("Repeated events", count(found.rework.repeated_events)),
    )
    heading.figures(told)
    if not found.departures:
        st.html('<span class="cp-muted">No case left its model.</span>')
        return
    heading.eyebrow("Where cases leave it, the most first")
    st.html("".join(map(departure_html, found.departures)))


def departure_html(one: Departing) -> str:
    few = one.instances[:EXAMPLES]
    cases = ", ".join(
        f'<a href="case?instance={quote(case, safe="")}" target="_self">case {place}</a>'
        for place, case in enumerate(few, start=1)
    )
    more = f" and {one.cases - len(few):,} more" if one.cases > len(few) else ""
    times = plural(one.occurrences, "time")
    return (
        '<div class="cp-row" style="grid-template-columns:150px 1.4fr 1fr 1.6fr">'
        f"<span>{chip('warning', sentence(one.kind))}</span>"
        f"<b>{escape(named(one.activity))}</b>"
        f'<span class="cp-muted">{times} in {plural(one.cases, "case")}</span>'
        f'<span class="cp-fact" style="border:0;padding:0;margin:0">{cases}{more}</span></div>'
    )


def bottlenecks(found: Waiting) -> None:
    heading.card("Where work waits", "all cases together, the longest first")
    rows: tuple[Bottleneck, ...] = found.items[:SHOWN]
    if not rows:
        st.html('<span class="cp-muted">No case has more than one step yet.</span>')
        return
    st.plotly_chart(
        waiting.figure(rows, colours()),
        theme=None,
        config=canvas.options("waiting"),
        key="waiting",
        alt=waiting.alt(rows),
    )
    if found.timed < found.passages:
        st.caption(
            f"{count(found.passages - found.timed)} of {plural(found.passages, 'step')} do not say "
            "how long they took: their time is all waiting here."
        )


def handovers(rows: tuple[HandOver, ...]) -> None:
    kinds = sorted({one.kind for one in rows}, reverse=True)
    heading.card("Who hands on to whom", "from row to column · how often, half within")
    if not kinds:
        st.html(
            '<span class="cp-muted">No step says who took it, or one takes them all. Name the '
            "field that says it in the process model: performed_by.</span>"
        )
        return
    kind = st.segmented_control(
        "Between", kinds, default=kinds[0], required=True, key="between", bind="query-params"
    )
    those = tuple(one for one in rows if one.kind == kind)
    st.plotly_chart(
        handover_matrix.figure(those, colours()),
        theme=None,
        config=canvas.options("hand-overs"),
        key="handovers",
        alt=handover_matrix.alt(those),
    )


def sample(found: Compared) -> str:
    """Say of how many cases it is told, where that is not of all."""
    if (found.left.looked_at, found.right.looked_at) == (found.left.cases, found.right.cases):
        return ""
    looked_at = f"{count(found.right.looked_at)} and {count(found.left.looked_at)}"
    return f" It is told from a sample of {looked_at}."


def compare(path: str) -> None:
    heading.card("Compare", "cases that began before a day, and those from it on")
    chosen = st.date_input("From", value=None, key="split", bind="query-params", width=200)
    if not isinstance(chosen, date):
        st.html('<span class="cp-muted">Choose the day on which something changed.</span>')
        return
    at = datetime.combine(chosen, time(), tzinfo=UTC)
    found = read_steady(f"{path}/comparison", Compared, split=at.isoformat())
    told = found.comparison
    if told.adds_seconds is None:
        st.html('<span class="cp-muted">No case began on one side of that day.</span>')
        return
    longer = "longer" if told.adds_seconds > 0 else "shorter"
    st.markdown(
        f"**{count(found.right.cases)}** later cases take "
        f"**{duration(abs(told.adds_seconds))} {longer}** on average than the "
        f"**{count(found.left.cases)}** before."
        + sample(found)
        + ("" if told.enough else " They are too few on one side to mean something.")
    )
    st.caption("A case that still runs counts up to its last event.")
    rows: tuple[WayDifference, ...] = told.ways[:SHOWN]
    st.plotly_chart(
        difference.figure(rows, colours()),
        theme=None,
        config=canvas.options("difference"),
        key="difference",
        alt=difference.alt(rows),
    )
