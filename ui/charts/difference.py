"""What each way adds to the mean duration of the later cases, or takes from it."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape

import plotly.graph_objects as go

from ui.charts.canvas import KEPT, blank, name_rows
from ui.display import duration, named
from ui.records import WayDifference
from ui.theme import Palette, faded

ROW, EDGE = 40, 52
HOUR = 3600


@lru_cache(maxsize=KEPT)
def figure(rows: tuple[WayDifference, ...], colours: Palette) -> go.Figure:
    drawn = blank(colours, EDGE + ROW * len(rows), t=4, b=40, l=8, r=8)
    drawn.add_bar(
        y=list(range(len(rows))),
        x=[one.adds_seconds / HOUR for one in rows],
        orientation="h",
        marker={
            "color": [
                colours.primary if one.adds_seconds > 0 else faded(colours.none, 0.55)
                for one in rows
            ]
        },
        hovertext=[_hover(one) for one in rows],
        hoverinfo="text",
    )
    drawn.update_layout(bargap=0.35)
    name_rows(drawn, [(named(one.source), named(one.target)) for one in rows])
    drawn.update_xaxes(
        title={"text": "hours that the way adds to a later case, on average", "font": {"size": 11}}
    )
    return drawn


def alt(rows: Sequence[WayDifference]) -> str:
    told = "; ".join(
        f"{named(one.source)} to {named(one.target)}: {duration(one.adds_seconds)}" for one in rows
    )
    return f"What each way adds to the mean duration of the later cases. {told}."


def _hover(one: WayDifference) -> str:
    return (
        f"<b>{escape(named(one.source))} → {escape(named(one.target))}</b><br>"
        f"adds {duration(one.adds_seconds)} to a case<br>"
        f"before: {one.left_share:.2f} times a case, half within "
        f"{duration(one.left_median_seconds)}<br>"
        f"later: {one.right_share:.2f} times, half within {duration(one.right_median_seconds)}"
    )
