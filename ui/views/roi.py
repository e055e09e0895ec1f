"""What became better since a date: each figure before and after it, and what it was made from."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import streamlit as st

from ui.charts import before_after, canvas
from ui.client import read_steady
from ui.components import heading, notice
from ui.components.style import colours
from ui.display import DASH, amount, count, moment, short_money
from ui.records import Money, Roi, RoiFigure, RoiSide
from ui.views import names

DAYS = {"7": "7 d", "30": "30 d", "90": "90 d"}
UNITS = {"percent": "%", "days": " d", "hours": " h"}
BACK = timedelta(days=30)
BRIER_PLACES = 4


def screen() -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        heading.screen("Before and after", "What became better since a date, and what it rests on")
        with st.container(
            horizontal=True,
            horizontal_alignment="right",
            vertical_alignment="center",
            width="content",
        ):
            st.html('<span class="cp-muted">Since</span>', width="content")
            split = since(datetime.now(UTC).date())
            days = st.segmented_control(
                "Days on either side",
                list(DAYS),
                default="30",
                required=True,
                format_func=DAYS.__getitem__,
                key="days",
                bind="query-params",
                label_visibility="collapsed",
            )
    board(split, days or "30")


def since(today: date) -> date:
    """Draw the choice of the day; it stands in the address."""
    chosen = st.date_input(
        "Since",
        value=asked(st.query_params.get("split", ""), today),
        max_value=today,
        key="split",
        on_change=keep,
        label_visibility="collapsed",
        width=140,
    )
    return chosen if isinstance(chosen, date) else today - BACK


def asked(text: str, today: date) -> date:
    """Return the day that *text* names, unless it is none or still to come."""
    try:
        return min(date.fromisoformat(text), today)
    except ValueError:
        return today - BACK


def keep() -> None:
    st.query_params["split"] = str(st.session_state["split"])


@st.fragment(key="roi")
@notice.told("roi")
def board(split: date, days: str) -> None:
    if not names.watched():
        notice.without_pack(
            "Nothing was measured yet",
            "Figures come from the events of processes. Install the shipped pack, or one of "
            "your own:",
            key="no_process",
        )
        return
    found = read_steady("/v1/roi", Roi, **span(split, days))
    left, right = st.columns([1.35, 1], gap="small")
    with left.container(border=True, key="card_roi"):
        heading.card("Figures", spans(found.items))
        table(found.items)
        st.caption(
            "“From” is how many things a figure was made from. Fewer than 30 on a side say little."
        )
        forecasts(split, days)
    with right.container(border=True, key="card_gain"):
        heading.card("Better or worse than before", "as a share of what it was")
        if before_after.told(found.items):
            st.plotly_chart(
                before_after.figure(found.items, colours()),
                theme=None,
                config=canvas.options("before-and-after"),
                key="gain",
                alt=before_after.alt(found.items),
            )
        else:
            st.html(
                '<span class="cp-muted">No figure is known on both sides of this day. '
                "Choose a later one, or more days.</span>"
            )
    st.caption(f"As of {moment(found.as_of)}")


@st.fragment(key="roi_forecasts")
@notice.told("roi_forecasts")
def forecasts(split: date, days: str) -> None:
    """Add how good the forecasts were when that is asked for: the rest stands meanwhile."""
    asked_for = st.toggle(
        "Forecasts too",
        key="foretold",
        bind="query-params",
        help="How what was said of running promises on these days came true.",
    )
    if not asked_for:
        return
    with st.spinner(
        "Reading how the forecasts of both spans came true …",
        show_time=True,
    ):
        known = {one.figure for one in read_steady("/v1/roi", Roi, **span(split, days)).items}
        every = read_steady("/v1/roi", Roi, **span(split, days), forecasts="true").items
    table([one for one in every if one.figure not in known])


def span(split: date, days: str) -> dict[str, str]:
    return {"split": split.isoformat(), "days": days}


def spans(items: Sequence[RoiFigure]) -> str:
    if not items:
        return ""
    before, after = items[0].before, items[0].after
    days = [
        date.fromisoformat(one) for one in (before.since, before.until, after.since, after.until)
    ]
    first, last, begin, end = (f"{one:%d %b %Y}" for one in days)
    return f"{first} to {last} beside {begin} to {end}"


def table(items: Sequence[RoiFigure]) -> None:
    st.dataframe(
        {
            "Figure": [one.title for one in items],
            "Before": [value(one, one.before) for one in items],
            "From": [count(one.before.sample) for one in items],
            "After": [value(one, one.after) for one in items],
            "From ": [count(one.after.sample) for one in items],
            "Change": [verdict(one) for one in items],
        },
        hide_index=True,
        row_height=31,
        column_config={
            "Figure": st.column_config.TextColumn(width=206),
            "Before": st.column_config.TextColumn(width=62),
            "From": st.column_config.TextColumn(width=46),
            "After": st.column_config.TextColumn(width=62),
            "From ": st.column_config.TextColumn("From", width=46),
        },
        alt="Figures before and after",
    )


def value(one: RoiFigure, side: RoiSide) -> str:
    if side.value is None:
        return DASH
    if one.unit == "money":
        return short_money(Money(amount=side.value, currency=one.currency or ""))
    places = BRIER_PLACES if one.unit is None else 1
    return f"{amount(side.value, places)}{UNITS.get(one.unit or '', '')}"


def verdict(one: RoiFigure) -> str:
    lacking = [name for name, side in sides(one) if side.value is None]
    if lacking:
        return "Nothing known" if len(lacking) > 1 else f"Nothing known {lacking[0]}"
    return before_after.words(one) if one.better_by is not None else DASH


def sides(one: RoiFigure) -> tuple[tuple[str, RoiSide], tuple[str, RoiSide]]:
    return (("before", one.before), ("after", one.after))
