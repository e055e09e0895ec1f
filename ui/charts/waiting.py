"""Where all cases together wait longest, and how much of that time was reported as work."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape

import plotly.graph_objects as go

from ui.charts.canvas import KEPT, blank, name_rows
from ui.display import count, duration, named, percent
from ui.records import Bottleneck
from ui.theme import Palette, faded

ROW, EDGE = 40, 56
DAY = 86_400


@lru_cache(maxsize=KEPT)
def figure(rows: tuple[Bottleneck, ...], colours: Palette) -> go.Figure:
    drawn = blank(colours, EDGE + ROW * len(rows), t=4, b=44, l=8, r=8)
    parts = (
        ("working", [one.working_seconds for one in rows], colours.primary, colours.ink),
        ("waiting", [one.waiting_seconds for one in rows], faded(colours.none, 0.55), colours.text),
    )
    for word, seconds, fill, written in parts:
        drawn.add_bar(
            y=list(range(len(rows))),
            x=[each / DAY for each in seconds],
            orientation="h",
            marker={"color": fill},
            text=[duration(each) if each else "" for each in seconds],
            textposition="inside",
            insidetextanchor="end",
            insidetextfont={"color": written},
            hovertext=[_hover(one, word) for one in rows],
            hoverinfo="text",
        )
    drawn.update_layout(barmode="stack", bargap=0.35)
    name_rows(drawn, [(named(one.source), named(one.target)) for one in rows])
    drawn.update_xaxes(
        title={"text": "days, all cases together", "font": {"size": 11}, "standoff": 14}
    )
    return drawn


def alt(rows: Sequence[Bottleneck]) -> str:
    told = "; ".join(
        f"{named(one.source)} to {named(one.target)}: {percent(one.share)}" for one in rows
    )
    return f"Where cases wait, as a share of all time between steps. {told}."


def _hover(one: Bottleneck, word: str) -> str:
    seconds = one.working_seconds if word == "working" else one.waiting_seconds
    return (
        f"<b>{escape(named(one.source))} → {escape(named(one.target))}</b><br>"
        f"{duration(seconds)} {word}, {percent(one.share)} of all time<br>"
        f"{count(one.passages)} times, half within {duration(one.median_seconds)}"
    )
