"""What was said of promises against what broke: on the line it came as it was said."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape

import plotly.graph_objects as go

from ui.charts.canvas import KEPT, blank
from ui.display import percent, plural
from ui.records import CalibrationBin
from ui.theme import Palette

HEIGHT = 190
SMALLEST, LARGEST = 7.0, 20.0
ROOM = 0.06


@lru_cache(maxsize=KEPT)
def figure(bins: tuple[CalibrationBin, ...], colours: Palette) -> go.Figure:
    drawn = blank(colours, HEIGHT, l=52, r=10, t=6, b=40)
    drawn.add_shape(
        type="line", x0=0, y0=0, x1=1, y1=1, line={"color": colours.muted, "dash": "dash"}
    )
    drawn.add_trace(
        go.Scatter(
            x=[one.said for one in bins],
            y=[one.broke for one in bins],
            mode="markers",
            marker={"size": sizes(bins), "color": colours.primary, "opacity": 0.75},
            text=[escape(words(one)) for one in bins],
            hovertemplate="%{text}<extra></extra>",
            cliponaxis=False,
        )
    )
    span = {"range": [-ROOM, 1 + ROOM], "tickvals": [0, 0.25, 0.5, 0.75, 1], "tickformat": ".0%"}
    drawn.update_xaxes(**span, title={"text": "chance that was said", "font": {"size": 11}})
    drawn.update_yaxes(**span, title={"text": "share that broke", "font": {"size": 11}})
    return drawn


def sizes(bins: Sequence[CalibrationBin]) -> list[float]:
    """Return the dots' diameters: their areas grow with how many forecasts they stand for."""
    most = max((one.forecasts for one in bins), default=1)
    return [max(SMALLEST, LARGEST * (one.forecasts / most) ** 0.5) for one in bins]


def words(one: CalibrationBin) -> str:
    said, broke = percent(one.said, 0), percent(one.broke, 0)
    return f"{plural(one.forecasts, 'forecast')}: said {said}, broke {broke}"


def alt(bins: Sequence[CalibrationBin]) -> str:
    return "; ".join(words(one) for one in bins)
