"""One reconciliation: its totals side by side, its breaks, and both lines of the one chosen."""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote

import streamlit as st

from ui.client import ApiError, MissingError, fetch_csv, read, write
from ui.components import heading, notice
from ui.components.state import chip, tone
from ui.display import DASH, count, moment, plural, sentence, several
from ui.records import Break, Breaks, Reconciliation, ReconciliationRun, SideCounts, SideTotal
from ui.theme import BADGES
from ui.views import names
from ui.views.links import go

HEIGHT = 760
SHOWN = 100
TABLE_HEIGHT = 290
KINDS = ("missing", "value", "duplicate", "timing")


def pane(name: str, known: Reconciliation | None) -> None:
    with st.container(border=True, key="card_reconciliation", height=HEIGHT):
        if known is None:
            notice.broken_link(name)
            return
        summary(known)
        try:
            run = read(f"{path(name)}/runs/latest", ReconciliationRun)
        except MissingError:
            st.html('<span class="cp-muted">It has not run yet.</span>')
            return
        told(run)
        titles = {one.side: one.title for one in known.sides}
        totals(run, titles)
        breaks(name, titles)


def path(name: str) -> str:
    return f"/v1/reconciliations/{quote(name, safe='')}"


def summary(one: Reconciliation) -> None:
    parts = [f"owned by {names.team(one.owner)}", f"version {one.version}"]
    parts += [f"every {one.every}"] if one.every else []
    parts += [f"{one.grace} of grace"] if one.grace else []
    parts += [f"next {moment(one.next_at)}"] if one.next_at else []
    st.html(
        f'<div class="cp-muted">{escape(" · ".join(parts))}</div>'
        f'<div class="cp-title">{escape(one.title)}</div>'
        f'<div class="cp-muted">{escape(one.description)}</div>'
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(chip(one.state), width="content")
        st.button(
            "Running…" if one.running else "Run now",
            icon=":material/play_arrow:",
            key="run_reconciliation",
            disabled=one.running is not None,
            on_click=start,
            args=(one.reconciliation,),
        )
        st.download_button(
            "Breaks",
            lambda: fetch_csv(f"{path(one.reconciliation)}/runs/latest/breaks", {}),
            file_name=f"{one.reconciliation}.csv",
            mime="text/csv",
            icon=":material/download:",
            key="export_breaks",
            disabled=one.last_run is None,
        )


def start(name: str) -> None:
    try:
        write(f"{path(name)}/runs", {})
    except ApiError as error:
        notice.refuse(error)
    else:
        notice.say("It runs; what it finds comes here by itself.")


def told(run: ReconciliationRun) -> None:
    said = f"Run {moment(run.asked_at)} by {names.person(run.asked_by)}"
    said += f" · {plural(run.broken, 'break')}, {count(run.on_the_way)} on its way"
    said += f" · {plural(run.opened, 'exception')} opened, {count(run.closed)} closed"
    if run.money:
        said += f" · {several(run.money)}"
    st.html(f'<div class="cp-muted">{escape(said)}</div>')
    if run.because:
        st.warning(f"Not checked: {run.because}.", icon=":material/help:")


def totals(run: ReconciliationRun, titles: Mapping[str, str]) -> None:
    """Draw what each side came to, one beside the other."""
    if run.finding is None or not run.finding.sides:
        return
    heading.eyebrow("Control totals")
    sides = run.finding.sides
    counts = [run.finding.counts.get(one.side, SideCounts()) for one in sides]
    st.dataframe(
        {
            "Side": [titles.get(one.side, one.side) for one in sides],
            "As of": [moment(one.watermark) for one in sides],
            "Lines": [DASH if one.unchecked else count(one.total.lines) for one in sides],
            "Comes to": [
                "could not be checked" if one.unchecked else amounts(one.total) for one in sides
            ],
            "Equal": [one.matched for one in counts],
            "Missing": [one.missing for one in counts],
            "Differs": [one.value for one in counts],
            "Twice": [one.duplicate for one in counts],
            "Coming": [one.timing for one in counts],
        },
        hide_index=True,
        row_height=31,
        alt="Control totals of each side",
        column_config={
            "Side": st.column_config.TextColumn(width=116),
            "As of": st.column_config.TextColumn(width=86),
            "Lines": st.column_config.TextColumn(width=40),
            "Comes to": st.column_config.TextColumn(width=174),
            "Equal": st.column_config.NumberColumn(width=42),
            "Missing": st.column_config.NumberColumn(width=52),
            "Differs": st.column_config.NumberColumn(width=48),
            "Twice": st.column_config.NumberColumn(width=42),
            "Coming": st.column_config.NumberColumn(
                width=50, help="On their way: younger than the grace"
            ),
        },
    )


def amounts(total: SideTotal) -> str:
    said = [f"{sentence(field)} {value}" for field, value in total.numbers.items()]
    said += [f"{sentence(field)} {several(money)}" for field, money in total.money.items()]
    return ", ".join(said) or DASH


def breaks(name: str, titles: Mapping[str, str]) -> None:
    heading.eyebrow("Breaks")
    kind = st.pills(
        "Kind",
        KINDS,
        format_func=sentence,
        key="kind_of_break",
        bind="query-params",
        label_visibility="collapsed",
    )
    page = read(f"{path(name)}/runs/latest/breaks", Breaks, kind=kind, limit=SHOWN)
    if not page.items:
        st.html('<span class="cp-muted">Nothing differs among what was checked.</span>')
        return
    if page.next_cursor:
        st.html(f'<span class="cp-muted">The first {SHOWN}; all of them are in the CSV.</span>')
    listed(name, page.items, titles)
    wanted = st.query_params.get("break")
    lines(next((one for one in page.items if one.id == wanted), page.items[0]), titles)


def listed(name: str, items: Sequence[Break], titles: Mapping[str, str]) -> None:
    words = [sentence(kind) for kind in KINDS]
    key = f"breaks_{name}_{len(items)}_{items[0].id}"
    st.dataframe(
        {
            "kind": [[sentence(one.kind)] for one in items],
            "side": [titles.get(one.side, one.side) for one in items],
            "key": [one.key for one in items],
            "money": [several(one.money) for one in items],
            "case": [one.case or DASH for one in items],
            "exception": [
                sentence(one.exception_state)
                if one.exception_state
                else f"until {moment(one.until)}"
                for one in items
            ],
        },
        key=key,
        hide_index=True,
        height=min(TABLE_HEIGHT, 40 + 31 * len(items)),
        row_height=31,
        selection_mode="single-cell",
        on_select=lambda: chosen(key, items),
        alt=plural(len(items), "break"),
        column_config={
            "kind": st.column_config.MultiselectColumn(
                "Kind", options=words, color=[BADGES[tone(kind)] for kind in KINDS], width=84
            ),
            "side": st.column_config.TextColumn("In", width=132),
            "key": st.column_config.TextColumn("Key", width=160),
            "money": st.column_config.TextColumn("Money", width=92),
            "case": st.column_config.TextColumn("Case", width=104),
            "exception": st.column_config.TextColumn("Exception", width=124),
        },
    )


def chosen(key: str, items: Sequence[Break]) -> None:
    cells = st.session_state[key].selection.cells
    if cells and cells[0][0] < len(items):
        st.query_params["break"] = items[cells[0][0]].id


def lines(one: Break, titles: Mapping[str, str]) -> None:
    """Draw both lines of a break, and the ways on from there."""
    st.html(f'<div class="cp-card-title"><h3>{escape(one.key)}</h3></div>{lines_html(one, titles)}')
    with st.container(horizontal=True, vertical_alignment="center"):
        if one.exception:
            st.button(
                "Open the exception",
                icon=":material/inbox:",
                type="tertiary",
                key="open_exception",
                on_click=go,
                args=("exceptions",),
                kwargs={"exception": one.exception},
            )
        if one.instance:
            st.button(
                "Open the case",
                icon=":material/timeline:",
                type="tertiary",
                key="open_case",
                on_click=go,
                args=("case",),
                kwargs={"instance": one.instance},
            )


def lines_html(one: Break, titles: Mapping[str, str]) -> str:
    """Write what each side says, a row a side; a side without a line says so."""
    sides = list(dict.fromkeys([*one.refs, one.side]))
    rows = []
    for place, side in enumerate(sides):
        refs = ", ".join(one.refs.get(side, ())) or "no line"
        said = "; ".join(
            f"{d.field} {(d.book if place == 0 else d.other) or 'not given'}"
            for d in one.differences
        )
        rows.append(
            f"<tr><td>{escape(titles.get(side, side))}</td><td><code>{escape(refs)}</code></td>"
            f"<td>{escape(said)}</td></tr>"
        )
    return f'<table class="cp-muted">{"".join(rows)}</table>'
