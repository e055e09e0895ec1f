"""
Money held up by open exceptions, by stage and rule.

Size is the amount, colour the share breached. One picture shows one currency.
"""

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from textwrap import wrap
from typing import NamedTuple

import plotly.graph_objects as go

from ui.charts.canvas import FONT, KEPT, blank
from ui.display import percent, plural, sentence, short_money
from ui.records import HeldByStage, HeldMoney, Money, Stage
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


def stage_titles(
    held: Sequence[HeldByStage], currency: str, stages: Sequence[Stage]
) -> dict[str, str]:
    """Return what each stage is headed by: its name and what it holds up in all."""
    names = {one.stage: one.title for one in stages}
    sums = {
        one.stage or ELSEWHERE: short_money(money)
        for one in held
        for money in one.blocked
        if money.currency == currency
    }
    return {
        stage: f"<b>{escape(names.get(stage) or sentence(stage))}</b> {total}"
        for stage, total in sums.items()
    }


@lru_cache(maxsize=KEPT)
def figure(
    held: tuple[HeldMoney, ...],
    by_stage: tuple[HeldByStage, ...],
    currency: str,
    colours: Palette,
    stages: tuple[Stage, ...],
) -> go.Figure:
    """Draw *held* of one *currency* under what each stage holds up; *stages* names them."""
    shown = tiles(held, currency)
    roots = list(dict.fromkeys(stage_of(tile) for tile in shown))
    titles = stage_titles(by_stage, currency, stages)
    fills = [heat(colours, tile.held.breached_share) for tile in shown]
    words = [
        f"{short_money(tile.money)}<br>{percent(tile.held.breached_share, 0)} breached"
        for tile in shown
    ]
    drawn = blank(colours, HEIGHT, l=0, r=0, t=0, b=0)
    drawn.add_trace(
        go.Treemap(
            ids=[*roots, *(f"{stage_of(tile)}/{tile.held.rule}" for tile in shown)],
            labels=[
                *(titles.get(root, escape(sentence(root))) for root in roots),
                *(f"<b>{folded(tile.held.title)}</b>" for tile in shown),
            ],
            parents=[*([""] * len(roots)), *(stage_of(tile) for tile in shown)],
            values=[*([0] * len(roots)), *(float(tile.money.amount) for tile in shown)],
            branchvalues="remainder",
            text=[*([""] * len(roots)), *words],
            customdata=[
                *([""] * len(roots)),
                *(f"{plural(t.held.count, 'exception')} of rule {t.held.rule}" for t in shown),
            ],
            texttemplate="%{label}<br>%{text}",
            hovertemplate="%{label}<br>%{text}<br>%{customdata}<extra></extra>",
            marker={
                "colors": [*([colours.none_back] * len(roots)), *fills],
                "line": {"color": colours.card, "width": 2},
                "pad": {"t": 20, "l": 2, "r": 2, "b": 2},
                "cornerradius": 5,
            },
            tiling={"pad": 2},
            textfont={
                "size": 11,
                "family": FONT,
                "color": [*([colours.text] * len(roots)), *(legible(fill) for fill in fills)],
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
