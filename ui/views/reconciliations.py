"""Reconciliation: which systems agree on the left, one with its totals and breaks on the right."""

from collections.abc import Sequence

import streamlit as st

from ui.client import read
from ui.components import heading, notice
from ui.components.state import SHAPES, tone
from ui.display import DASH, plural, sentence, several
from ui.records import Reconciliation, Reconciliations
from ui.theme import BADGES
from ui.views import reconciliation
from ui.views.links import follow

HEIGHT = 760
TABLE_HEIGHT = 680
STATES = ("breaks", "not_checked", "reconciled", "never_run")


def screen() -> None:
    heading.screen(
        "Reconciliation", "Do the systems say the same? · what could not be checked is never equal"
    )
    board()


@st.fragment(key="reconciliations", run_every="10s")
@notice.told("reconciliations")
def board() -> None:
    follow()
    items = sorted(
        read("/v1/reconciliations", Reconciliations).items,
        key=lambda one: (STATES.index(one.state) if one.state in STATES else 0, one.title),
    )
    if not items:
        notice.without_pack(
            "No reconciliation is in force",
            "A reconciliation says which systems must agree on what. Install the shipped pack, "
            "or one of your own:",
            key="no_reconciliation",
        )
        return
    left, right = st.columns([1.08, 1.5], gap="small")
    with left.container(border=True, key="card_reconciliations", height=HEIGHT):
        st.html(f'<span class="cp-muted">{summary(items)}</span>')
        listed(items)
    wanted = st.query_params.get("reconciliation") or items[0].reconciliation
    with right:
        reconciliation.pane(
            wanted, next((one for one in items if one.reconciliation == wanted), None)
        )


def summary(items: Sequence[Reconciliation]) -> str:
    """Write how many stand in each state, the worst first."""
    counts = {state: sum(one.state == state for one in items) for state in STATES}
    told = [
        f"{SHAPES[tone(state)]} {number} {sentence(state).lower()}"
        for state, number in counts.items()
        if number
    ]
    return " · ".join(told)


def listed(items: Sequence[Reconciliation]) -> None:
    words = [sentence(state) for state in STATES]
    key = f"reconciliations_{len(items)}_{items[0].reconciliation}"
    runs = [one.last_run for one in items]
    st.dataframe(
        {
            "title": [one.title for one in items],
            "state": [[sentence(one.state)] for one in items],
            "money": [several(run.money) if run else DASH for run in runs],
            "broken": [run.broken if run else None for run in runs],
        },
        key=key,
        hide_index=True,
        height=min(TABLE_HEIGHT, 40 + 31 * len(items)),
        row_height=31,
        selection_mode="single-cell",
        on_select=lambda: chosen(key, items),
        alt=plural(len(items), "reconciliation"),
        column_config={
            "title": st.column_config.TextColumn("Reconciliation", width=222),
            "state": st.column_config.MultiselectColumn(
                "State", options=words, color=[BADGES[tone(s)] for s in STATES], width=90
            ),
            "broken": st.column_config.NumberColumn("Breaks", width=44),
            "money": st.column_config.TextColumn("Money", width=88),
        },
    )


def chosen(key: str, items: Sequence[Reconciliation]) -> None:
    cells = st.session_state[key].selection.cells
    if cells and cells[0][0] < len(items):
        st.query_params["reconciliation"] = items[cells[0][0]].reconciliation
        st.query_params.pop("break", None)
