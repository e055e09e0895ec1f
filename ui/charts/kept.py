"""What came of a contract day by day: what kept it, and above that what was refused."""

from collections.abc import Sequence
from functools import lru_cache

import plotly.graph_objects as go

from ui.charts.canvas import KEPT, blank
from ui.display import count, percent
from ui.records import ObservedDay
from ui.theme import Palette

HEIGHT = 120


@lru_cache(maxsize=KEPT)
def figure(days: tuple[ObservedDay, ...], colours: Palette) -> go.Figure:
    drawn = blank(colours, HEIGHT, t=4, b=20, l=30, r=4)
    at = [one.day for one in days]
    told = [
        f"{one.day}: {percent(one.share)} of {count(one.valid + one.refused)} kept it"
        for one in days
    ]
    parts = (
        ([one.valid for one in days], colours.primary),
        ([one.refused for one in days], colours.breach),
    )
    for heights, fill in parts:
        drawn.add_bar(x=at, y=heights, marker={"color": fill}, hovertext=told, hoverinfo="text")
    drawn.update_layout(barmode="stack", bargap=0.25)
    return drawn


def alt(days: Sequence[ObservedDay]) -> str:
    told = "; ".join(f"{one.day}: {one.valid} kept it, {one.refused} refused" for one in days)
    return f"Events by day. {told}."
