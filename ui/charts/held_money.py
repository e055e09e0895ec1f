"""
Money held up by open exceptions, by stage and rule.

Size is the amount, colour the share breached. One picture shows one currency.
"""

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from textwrap import wrap
from typing import NamedTuple

import plotly.graph_objects as go

from ui.charts.canvas import FONT, blank
from ui.display import percent, plural, sentence, short_money
from ui.records import HeldMoney, Money
from ui.theme import Palette, heat, legible

HEIGHT = 254
LINE = 16
ELSEWHERE = "no stage"


class Tile(NamedTuple):
    held: HeldMoney
    money: Money


def currencies(held: Sequence[HeldMoney]) -> list[str]:
    return sorted({money.currency for one in held for money in one.blocked if money.amount > 0})


def tiles(held: Sequence[HeldMoney], currency: str) -> list[Tile]:
    return [
        Tile(one, money)
        for one in held
        for money in one.blocked
        if money.currency == currency and money.amount > 0
    ]


def stage_of(tile: Tile) -> str:
    return tile.held.stage or ELSEWHERE


def folded(title: str) -> str:
    return "<br>".join(escape(line) for line in wrap(title, LINE, break_long_words=False))


def figure(
    held: Sequence[HeldMoney], currency: str, colours: Palette, titles: dict[str, str]
) -> go.Figure:
    """Draw *held* of one *currency*; *titles* names the stages."""
    shown = tiles(held, currency)
    stages = list(dict.fromkeys(stage_of(tile) for tile in shown))
    fills = [heat(colours, tile.held.breached_share) for tile in shown]
    words = [
        f"{short_money(tile.money)}<br>{percent(tile.held.breached_share, 0)} breached"
        for tile in shown
    ]
    drawn = blank(colours, HEIGHT, l=0, r=0, t=0, b=0)
    drawn.add_trace(
        go.Treemap(
            ids=[*stages, *(f"{stage_of(tile)}/{tile.held.rule}" for tile in shown)],
            labels=[
                *(f"<b>{escape(titles.get(stage, sentence(stage)))}</b>" for stage in stages),
                *(f"<b>{folded(tile.held.title)}</b>" for tile in shown),
            ],
            parents=[*([""] * len(stages)), *(stage_of(tile) for tile in shown)],
            values=[*([0] * len(stages)), *(float(tile.money.amount) for tile in shown)],
            branchvalues="remainder",
            text=[*([""] * len(stages)), *words],
            customdata=[
                *([""] * len(stages)),
                *(f"{plural(t.held.count, 'exception')} of rule {t.held.rule}" for t in shown),
            ],
            texttemplate="%{label}<br>%{text}",
            hovertemplate="%{label}<br>%{text}<br>%{customdata}<extra></extra>",
            marker={
                "colors": [*([colours.none_back] * len(stages)), *fills],
                "line": {"color": colours.card, "width": 2},
                "pad": {"t": 20, "l": 2, "r": 2, "b": 2},
                "cornerradius": 5,
            },
            tiling={"pad": 2},
            textfont={
                "size": 11,
                "family": FONT,
                "color": [*([colours.text] * len(stages)), *(legible(fill) for fill in fills)],
            },
            pathbar={"visible": False},
            maxdepth=3,
        )
    )
    drawn.update_layout(uniformtext={"minsize": 10, "mode": "hide"})
    return drawn


def alt(held: Sequence[HeldMoney], currency: str) -> str:
    shown = sorted(tiles(held, currency), key=lambda tile: tile.money.amount, reverse=True)
    most = "; ".join(f"{tile.held.title} {short_money(tile.money)}" for tile in shown[:5])
    return f"Money held up by open exceptions in {currency}, largest first: {most}."


def nothing(held: Sequence[HeldMoney]) -> bool:
    return not any(money.amount > Decimal(0) for one in held for money in one.blocked)
