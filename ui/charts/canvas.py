"""The empty figure that every chart draws on; charts are pure: a record in, a figure out."""

from collections.abc import Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from ui.theme import Palette

FONT = "Inter, sans-serif"
KEPT = 32  # figures that stand ready: building one takes longer than asking for its data


def axis(colours: Palette) -> dict[str, Any]:
    return {
        "gridcolor": colours.grid,
        "linecolor": colours.line,
        "zeroline": False,
        "ticks": "",
        "tickfont": {"size": 11, "color": colours.muted},
    }


def hover(colours: Palette) -> dict[str, Any]:
    font = {"family": FONT, "size": 12, "color": colours.text}
    return {"bgcolor": colours.card, "bordercolor": colours.line, "font": font, "align": "left"}


def layout(colours: Palette, height: int, **margin: int) -> dict[str, Any]:
    return {
        "template": None,
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8} | margin,
        "showlegend": False,
        "font": {"family": FONT, "size": 12, "color": colours.text},
        "hoverlabel": hover(colours),
        "dragmode": False,
    }


def blank(colours: Palette, height: int, **margin: int) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(**layout(colours, height, **margin))
    figure.update_xaxes(**axis(colours), fixedrange=True)
    figure.update_yaxes(**axis(colours), fixedrange=True)
    return figure


def name_rows(figure: go.Figure, names: Sequence[tuple[str, str]]) -> None:
    """Let row *n* from the top carry the two lines of names[n]; equal names stay two rows."""
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[f"{escape(one)}<br>→ {escape(other)}" for one, other in names],
        autorange="reversed",
        automargin=True,
        gridcolor="rgba(0,0,0,0)",
    )


def options(name: str) -> dict[str, Any]:
    """Return Plotly's configuration: nothing to press but the export of the picture."""
    return {
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "svg", "filename": name},
        "responsive": True,
        "scrollZoom": False,
        "doubleClick": False,
    }
