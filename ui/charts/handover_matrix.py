"""Who hands work to whom: a square a pair, the darker the more often."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape

import plotly.graph_objects as go

from ui.charts.canvas import KEPT, blank
from ui.display import count, duration
from ui.records import HandOver
from ui.theme import Palette, faded

ROW, EDGE = 38, 96


@lru_cache(maxsize=KEPT)
def figure(rows: tuple[HandOver, ...], colours: Palette) -> go.Figure:
    names = sorted({one.source for one in rows} | {one.target for one in rows})
    by_pair = {(one.source, one.target): one for one in rows}
    grid = [[by_pair.get((source, target)) for target in names] for source in names]
    shown = [escape(name) for name in names]
    drawn = blank(colours, EDGE + ROW * len(names), t=30, b=8, l=8, r=8)
    drawn.add_heatmap(
        x=shown,
        y=shown,
        z=[[one.took.count if one else None for one in row] for row in grid],
        text=[[_told(one) if one else "" for one in row] for row in grid],
        hovertext=[[_hover(one) if one else "" for one in row] for row in grid],
        hoverinfo="text",
        texttemplate="%{text}",
        textfont={"size": 11},
        colorscale=[[0, faded(colours.primary, 0.08)], [1, faded(colours.primary, 0.6)]],
        showscale=False,
        xgap=3,
        ygap=3,
    )
    drawn.update_yaxes(autorange="reversed", automargin=True, gridcolor="rgba(0,0,0,0)")
    drawn.update_xaxes(side="top", automargin=True, gridcolor="rgba(0,0,0,0)")
    return drawn


def alt(rows: Sequence[HandOver]) -> str:
    told = "; ".join(f"{one.source} to {one.target}: {count(one.took.count)}" for one in rows[:5])
    return f"Who hands on to whom, from row to column. {told}."


def _told(one: HandOver) -> str:
    return f"{count(one.took.count)}<br>{duration(one.took.median_seconds)}"


def _hover(one: HandOver) -> str:
    took = one.took
    return (
        f"<b>{escape(one.source)} → {escape(one.target)}</b><br>{count(took.count)} times, "
        f"half within {duration(took.median_seconds)}, 95% within {duration(took.p95_seconds)}"
    )
