"""SLAs: every objective with how it is kept on the left, one with its error budget on the right."""

from collections.abc import Mapping, Sequence

import streamlit as st

from ui.client import read, read_steady
from ui.components import choice, heading, notice, table
from ui.components.state import mark
from ui.display import DASH, TIMES, count, percent, plural
from ui.records import Health, Objective, Objectives, Processes, SlaHealth
from ui.views import objective
from ui.views.links import follow

WINDOWS = {"7d": "7 d", "30d": "30 d", "90d": "90 d", "all": "All"}
HEIGHT = 760
TABLE_HEIGHT = 690
USED_UP, NEARLY = 1.0, 0.8


def screen() -> None:
    processes = read_steady("/v1/processes", Processes).items
    every = read_steady("/v1/slas", Objectives).items
    promising = {one.process for one in every}
    titles = {one.process: one.title or one.process for one in processes}
    titles = {name: title for name, title in titles.items() if name in promising}
    if not titles:
        heading.screen("SLAs")
        notice.without_pack(
            "No objective is in force",
            "An objective says from which step to which, in what time, on whose calendar. Install "
            "the shipped pack, or one of your own:",
            key="no_objective",
        )
        return
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        heading.screen("SLAs", "What is promised, how it is kept, what is left of the error budget")
        with st.container(horizontal=True, horizontal_alignment="right", width="content"):
            window = choice.window(WINDOWS, key="sla_window")
            process = choice.select("Process", titles, name="process", width=200)
    board([one for one in every if one.process == process], process, window)


@st.fragment(key="objectives", run_every="10s")
@notice.told("objectives")
def board(items: Sequence[Objective], process: str, window: str) -> None:
    follow()
    health = read(f"/v1/processes/{process}/health", Health, window=window)
    kept = {one.sla: one for one in health.slas}
    ordered = sorted(items, key=lambda one: (-spent(kept.get(one.sla)), one.title))
    with st.container(key="wide_slas"):
        left, right = st.columns([1.2, 1], gap="small")
    with left.container(border=True, key="card_objectives", height=HEIGHT):
        broken = sum(one.late + one.absent > 0 for one in kept.values())
        st.html(
            f'<span class="cp-muted">{plural(len(items), "objective")}, the budget that is used '
            f"up most first · {count(broken)} of them broken at least once</span>"
        )
        listed(ordered, kept)
    by_id = {one.sla: one for one in ordered}
    wanted = st.query_params.get("sla", ordered[0].sla)
    with right:
        objective.pane(wanted, by_id.get(wanted), kept.get(wanted), window)


def spent(one: SlaHealth | None) -> float:
    """Return the share of the budget that is used, less than nothing where nothing is known."""
    return -1.0 if one is None or one.burn is None else one.burn


def state(one: SlaHealth | None, least: int) -> str:
    """Return what the budget of the window says; nothing where fewer than *least* fell due."""
    used = spent(one)
    if one is None or used < 0 or one.met + one.late + one.absent < least:
        return "unknown"
    return "breached" if used >= USED_UP else "at_risk" if used > NEARLY else "on_track"


def listed(items: Sequence[Objective], kept: Mapping[str, SlaHealth]) -> None:
    those = [kept.get(one.sla, SlaHealth()) for one in items]
    key = f"objectives_{len(items)}_{items[0].process}"
    st.dataframe(
        {
            "title": [one.title or one.sla for one in items],
            "state": [
                mark(state(health, one.minimum_volume), word(health))
                for one, health in zip(items, those, strict=True)
            ],
            "attainment": [percent(one.attainment) for one in those],
            "broken": [one.late + one.absent for one in those],
            "running": [one.running for one in those],
            "promised": [one.promised for one in items],
        },
        key=key,
        hide_index=True,
        height=min(TABLE_HEIGHT, 40 + table.WRAPPED * len(items)),
        row_height=table.WRAPPED,
        selection_mode="single-cell",
        on_select=lambda: chosen(key, [one.sla for one in items]),
        alt=plural(len(items), "objective"),
        column_config={
            "title": st.column_config.TextColumn("Objective", width=218),
            "state": st.column_config.TextColumn(
                "Budget used",
                width=84,
                help="Broken over what may break in this window; ○ where too few fell due to say",
            ),
            "attainment": st.column_config.TextColumn("Kept", width=62),
            "broken": st.column_config.NumberColumn("Broken", width=54),
            "running": st.column_config.NumberColumn("Running", width=58),
            "promised": st.column_config.TextColumn("Promised", width=128),
        },
    )


def word(one: SlaHealth) -> str:
    return DASH if one.burn is None else f"{one.burn:.1f}{TIMES}"


def chosen(key: str, slas: Sequence[str]) -> None:
    cells = st.session_state[key].selection.cells
    if cells and cells[0][0] < len(slas):
        st.query_params["sla"] = slas[cells[0][0]]
