"""Corrections: what was set right of the past on the left, what one of them changed beside it."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

import streamlit as st

from ui.client import MissingError, read
from ui.components import heading, notice, table
from ui.components.state import chip, mark
from ui.display import DASH, moment, plural, sentence, short_money
from ui.records import CorrectedMember, Correction, Corrections, WholeCorrection
from ui.views import names

HEIGHT = 740
TABLE_HEIGHT = 680
LIMIT = 100
KINDS = {
    "evidence": "Late evidence",
    "retraction": "Retraction",
    "alias": "Joined keys",
    "definition": "New definition",
}
CHANGES = {
    "breach-withdrawn": "Breach withdrawn",
    "breach-added": "Breach added",
    "exception-ended": "Exception ended",
    "exception-opened": "Exception opened",
}


def screen() -> None:
    heading.screen(
        "Corrections",
        "What late evidence, retractions, joined keys and new definitions took back or added",
    )
    board()


@st.fragment(key="corrections", run_every="10s")
@notice.told("corrections")
def board() -> None:
    kind = st.pills(
        "Kind",
        list(KINDS),
        format_func=KINDS.__getitem__,
        key="kind_of_correction",
        bind="query-params",
        label_visibility="collapsed",
    )
    items = read("/v1/corrections", Corrections, kind=kind, limit=LIMIT).items
    wanted = st.query_params.get("correction") or (items[0].id if items else None)
    if wanted is None:
        none(kind)
        return
    with st.container(key="wide_corrections"):
        left, right = st.columns([1, 1.1], gap="small")
    with left.container(border=True, key="card_corrections", height=HEIGHT):
        if items:
            listed(items)
        else:
            st.html('<span class="cp-muted">None of this kind.</span>')
    with right.container(border=True, key="card_correction", height=HEIGHT):
        pane(wanted)


def none(kind: str | None) -> None:
    told = f"No correction of the kind “{KINDS[kind]}”" if kind else "Nothing was set right yet"
    with st.container(border=True, key="card_no_correction"):
        st.html(
            f"<b>{escape(told)}</b><br>"
            '<span class="cp-muted">What came late, was retracted, joined or defined anew changes '
            "only the cases that it touches. Whenever that takes a breach or an exception back, or "
            "adds one, a line stands here with what changed and for how much money.</span>"
        )


def listed(items: Sequence[Correction]) -> None:
    key = f"corrections_{len(items)}_{items[0].id}"
    st.dataframe(
        {
            "when": [moment(one.begun_at) for one in items],
            "kind": [KINDS.get(one.kind, one.kind) for one in items],
            "summary": [
                one.summary if one.ended_at else f"{mark('paused', 'Goes on')} · {one.summary}"
                for one in items
            ],
            "cases": [one.cases for one in items],
            "actor": [names.person(one.actor) for one in items],
        },
        key=key,
        hide_index=True,
        height=min(TABLE_HEIGHT, 40 + table.WRAPPED * len(items)),
        row_height=table.WRAPPED,
        selection_mode="single-cell",
        on_select=lambda: chosen(key, items),
        alt=plural(len(items), "correction"),
        column_config={
            "when": st.column_config.TextColumn("When", width=86),
            "kind": st.column_config.TextColumn("Because of", width=92),
            "summary": st.column_config.TextColumn("What changed", width=196),
            "cases": st.column_config.NumberColumn("Cases", width=44),
            "actor": st.column_config.TextColumn("By", width=60),
        },
    )


def chosen(key: str, items: Sequence[Correction]) -> None:
    cells = st.session_state[key].selection.cells
    if cells and cells[0][0] < len(items):
        st.query_params["correction"] = items[cells[0][0]].id


def pane(name: str) -> None:
    try:
        one = read(f"/v1/corrections/{quote(name, safe='')}", WholeCorrection, limit=LIMIT)
    except MissingError:
        notice.broken_link(name)
        return
    done = chip("completed", "Done") if one.ended_at else chip("paused", "Goes on")
    st.html(
        f'<div class="cp-split"><span class="cp-muted">{escape(KINDS.get(one.kind, one.kind))} · '
        f"{moment(one.begun_at)} · by {escape(names.person(one.actor))}</span>{done}</div>"
        f'<div class="cp-title">{escape(sentence_of(one.summary))}</div>'
        f'<div class="cp-body">{escape(one.because)} <code>{escape(one.subject)}</code></div>'
        f'<div class="cp-muted">{plural(one.cases, "case")} judged anew</div>'
    )
    if not one.items:
        st.html('<span class="cp-muted">No breach and no exception changed by it.</span>')
        return
    members(one.items)
    if one.next_cursor:
        st.html(f'<span class="cp-muted">The first {LIMIT} of {one.members:,}.</span>')


def sentence_of(summary: str) -> str:
    return summary[:1].upper() + summary[1:]


def members(items: Sequence[CorrectedMember]) -> None:
    st.dataframe(
        {
            "Case": [f"case?instance={one.instance}#{one.case_key}" for one in items],
            "What": [CHANGES.get(one.change, one.change) for one in items],
            "Of": [of(one) for one in items],
            "Became": [became(one) for one in items],
            "Money": [short_money(one.amount) for one in items],
        },
        hide_index=True,
        row_height=table.WRAPPED,
        height=min(560, 40 + table.WRAPPED * len(items)),
        column_config={
            "Case": st.column_config.LinkColumn("Case", display_text="#(.*)$", width=128),
            "Of": st.column_config.TextColumn(width=214),
            "What": st.column_config.TextColumn(width=96),
            "Became": st.column_config.TextColumn(width=84),
        },
        alt="Breaches and exceptions that it changed",
    )


def became(one: CorrectedMember) -> str:
    before, after = (sentence(state) if state else DASH for state in (one.before, one.after))
    return f"{before} → {after}"


def of(one: CorrectedMember) -> str:
    title = names.objective(one.name) if one.change.startswith("breach") else sentence(one.name)
    return f"{title} · {one.object}" if one.object else title
