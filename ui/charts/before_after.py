"""By how much each figure is better than before: to the right better, to the left worse."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape

import plotly.graph_objects as go

from ui.charts.canvas import KEPT, blank
from ui.display import percent
from ui.records import RoiFigure
from ui.theme import Palette

ROW, EDGE = 44, 40
MOST = 1.0
ROOM = 2.4  # times the longest bar: its words stand beside it


def told(items: Sequence[RoiFigure]) -> list[RoiFigure]:
    """Return what has a share to draw."""
    return [one for one in items if one.better_by is not None]


def share(one: RoiFigure) -> float:
    """Return the share as it is drawn: twice as much is as far as the scale goes."""
    return max(min(float(one.better_by or 0), MOST), -MOST)


def words(one: RoiFigure) -> str:
    by = float(one.better_by or 0)
    if not by:
        return "as before"
    few = "" if one.enough else " · few"
    return f"{percent(abs(by), 0)} {'better' if by > 0 else 'worse'}{few}"


@lru_cache(maxsize=KEPT)
def figure(items: tuple[RoiFigure, ...], colours: Palette) -> go.Figure:
    rows = told(items)
    drawn = blank(colours, EDGE + ROW * len(rows), l=10, r=10, t=4, b=26)
    drawn.add_trace(
        go.Bar(
            x=[share(one) for one in rows],
            y=list(range(len(rows))),
            orientation="h",
            width=0.5,
            marker={
                "color": colours.primary,
                "opacity": [1.0 if one.enough else 0.4 for one in rows],
            },
            text=[words(one) for one in rows],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{text}<extra></extra>",
        )
    )
    drawn.add_vline(x=0, line={"color": colours.muted, "width": 1})
    wide = max((abs(share(one)) for one in rows), default=MOST) * ROOM
    drawn.update_xaxes(range=[-wide, wide], tickformat=".0%", nticks=5)
    drawn.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[escape(one.title) for one in rows],
        autorange="reversed",
        automargin=True,
        showgrid=False,
    )
    return drawn


def alt(items: Sequence[RoiFigure]) -> str:
    return "; ".join(f"{one.title}: {words(one)}" for one in told(items))
