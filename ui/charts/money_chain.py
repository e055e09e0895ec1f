"""
Money through the case: each figure of the chain, and what the one before had more.

What has not come yet is no shortfall: it has no bar, only the words.

A figure that nothing was reported of while a later one has come is left out: time that was
never sold by the hour is not zero.
"""

from collections.abc import Sequence
from itertools import pairwise

import plotly.graph_objects as go

from ui.charts.canvas import blank
from ui.display import money, sentence, short_money
from ui.records import Figure, Money
from ui.theme import Palette, faded

ROW = 32
INSIDE = 0.3


def currencies(chain: Sequence[Figure]) -> list[str]:
    return sorted({one.currency for figure in chain for one in figure.amounts})


def reported(chain: Sequence[Figure]) -> list[Figure]:
    """Return the figures of *chain* without those that later ones passed by."""
    last = max((at for at, one in enumerate(chain) if one.amounts), default=-1)
    return [one for at, one in enumerate(chain) if one.amounts or at > last]


def amounts(chain: Sequence[Figure], currency: str) -> list[Money]:
    """Return one amount a figure; a figure that nothing has reached is zero."""
    return [
        next((one for one in figure.amounts if one.currency == currency), Money(currency=currency))
        for figure in chain
    ]


def figure(chain: Sequence[Figure], currency: str, colours: Palette) -> go.Figure:
    chain = reported(chain)
    values = amounts(chain, currency)
    sizes = [float(one.amount) for one in values]
    names = [sentence(one.name) for one in chain]
    most = max(sizes, default=0.0) or 1.0
    drawn = blank(colours, 12 + ROW * max(len(chain), 2), l=8, r=8, t=2, b=2)
    short = [
        (name, after, before)
        for name, (before, after) in zip(names[1:], pairwise(sizes), strict=True)
        if before > after > 0
    ]
    drawn.add_bar(
        y=[name for name, _, _ in short],
        base=[after for _, after, _ in short],
        x=[before - after for _, after, before in short],
        orientation="h",
        width=0.62,
        marker={"color": faded(colours.risk, 0.85)},
        hovertemplate="less than the step before<extra></extra>",
    )
    drawn.add_bar(
        y=names,
        x=sizes,
        orientation="h",
        width=0.62,
        marker={"color": colours.ok},
        text=[short_money(one) if one.amount else "not yet" for one in values],
        textposition=["inside" if size > INSIDE * most else "outside" for size in sizes],
        insidetextanchor="end",
        insidetextfont={"color": colours.ink, "size": 12},
        outsidetextfont={"color": colours.text, "size": 12},
        cliponaxis=False,
        customdata=[money(one) for one in values],
        hovertemplate="%{y}: %{customdata}<extra></extra>",
    )
    drawn.update_layout(barmode="overlay")
    drawn.update_yaxes(
        autorange="reversed",
        automargin=True,
        categoryorder="array",
        categoryarray=names,
        showgrid=False,
        tickfont={"color": colours.text, "size": 12},
        ticklabelstandoff=4,
    )
    drawn.update_xaxes(visible=False, range=[0, most * 1.02])
    return drawn


def alt(chain: Sequence[Figure], currency: str) -> str:
    chain = reported(chain)
    pairs = zip(chain, amounts(chain, currency), strict=True)
    words = ", ".join(f"{figure.name} {short_money(one)}" for figure, one in pairs)
    return f"Money through the case in {currency}: {words}."
