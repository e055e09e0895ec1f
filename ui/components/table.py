"""The tables behind the charts, for whoever reads numbers or cannot see colours."""

from collections.abc import Callable, Sequence

import streamlit as st

from ui.display import hours, percent, several
from ui.records import HealthDay, HeldMoney, SlaHealth, Stage

WRAPPED = 58
"""The height of rows that let long words go on in a second line: grids wrap from 4 rem on."""


def objectives(slas: Sequence[SlaHealth], opening: Callable[[str], None]) -> None:
    """Draw every objective; *opening* is called with the id of one that is clicked."""
    key = f"objectives_{len(slas)}"

    def chosen() -> None:
        cells = st.session_state[key].selection.cells
        if cells and cells[0][0] < len(slas):
            opening(slas[cells[0][0]].sla)

    st.dataframe(
        {
            "Objective": [one.title or one.sla for one in slas],
            "Target": [percent(one.target, 0) for one in slas],
            "Attainment": [percent(one.attainment) for one in slas],
            "Clocks": [one.clocks for one in slas],
            "Met": [one.met for one in slas],
            "Late": [one.late for one in slas],
            "Absent": [one.absent for one in slas],
            "Running": [one.running for one in slas],
            "Paused": [one.paused for one in slas],
            "Cancelled": [one.cancelled for one in slas],
            "Money late": [several(one.money_late) for one in slas],
            "Money absent": [several(one.money_absent) for one in slas],
            "Promised": [one.promised or "" for one in slas],
        },
        key=key,
        on_select=chosen,
        selection_mode="single-cell",
        hide_index=True,
        row_height=31,
        column_config={"Objective": st.column_config.TextColumn(width=470)},
        alt="Every objective with its clocks",
    )


def stages(rows: Sequence[Stage]) -> None:
    st.dataframe(
        {
            "Stage": [one.title or one.stage for one in rows],
            "Reached": [one.reached for one in rows],
            "Waiting": [one.waiting for one in rows],
            "On track": [one.on_track for one in rows],
            "At risk": [one.at_risk for one in rows],
            "Breached": [one.breached for one in rows],
            "Slowest tenth": [hours(one.p90_hours) for one in rows],
            "Limit": [hours(one.limit_hours) for one in rows],
        },
        hide_index=True,
        alt="Cases by stage",
    )


def days(rows: Sequence[HealthDay]) -> None:
    st.dataframe(
        {
            "Day": [one.date for one in rows],
            "Met": [one.met for one in rows],
            "Late": [one.late for one in rows],
            "Absent": [one.absent for one in rows],
            "Attainment": [percent(one.attainment) for one in rows],
            "Moving mean": [percent(one.moving_attainment) for one in rows],
            "Burn": [one.burn for one in rows],
        },
        hide_index=True,
        alt="SLA attainment by day",
    )


def held(rows: Sequence[HeldMoney]) -> None:
    st.dataframe(
        {
            "Stage": [one.stage or "" for one in rows],
            "Rule": [one.title for one in rows],
            "Exceptions": [one.count for one in rows],
            "Held up": [several(one.blocked) for one in rows],
            "Breached": [percent(one.breached_share, 0) for one in rows],
        },
        hide_index=True,
        alt="Money held up by stage and rule",
    )
