"""
Where work flows, and where it is late.

Each stage is a bar as tall as the cases that reached it. The ribbon to the next stage is as
tall as the cases that reached that one, and is divided as the stage's cases stand: on track,
at risk, breached. What waits in a stage falls out below.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape
from itertools import pairwise

import msgspec
import plotly.graph_objects as go

from ui.charts.canvas import KEPT, blank
from ui.display import count, hours, plural, sentence
from ui.records import Stage
from ui.theme import Palette, faded

HEIGHT = 284
MIDDLE = 0.58
TALLEST = 0.68
BAR = 0.016
NEAR = 0.9
BEND = tuple(step / 16 for step in range(17))
OPACITY = {"ok": 0.42, "risk": 0.82, "breach": 0.82}
SHAPE = {"ok": "●", "risk": "▲", "breach": "◆", "none": "○"}


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A stage on the canvas: *x* is its left edge, *tall* its height, both as shares."""

    stage: Stage
    x: float
    tall: float

    @property
    def top(self) -> float:
        return MIDDLE + self.tall / 2

    @property
    def bottom(self) -> float:
        return MIDDLE - self.tall / 2


def named(stage: Stage) -> str:
    return stage.title or sentence(stage.stage)


def verdict(stage: Stage) -> str:
    """Return the tone of the slowest tenth against the stage's limit."""
    if stage.p90_hours is None or not stage.limit_hours:
        return "none"
    if stage.p90_hours > stage.limit_hours:
        return "breach"
    return "risk" if stage.p90_hours > NEAR * stage.limit_hours else "ok"


def columns(stages: Sequence[Stage]) -> list[Column]:
    most = max((stage.reached for stage in stages), default=0) or 1
    last = max(len(stages) - 1, 1)
    return [
        Column(stage=stage, x=at / last * (1 - BAR), tall=TALLEST * stage.reached / most)
        for at, stage in enumerate(stages)
    ]


def bands(stage: Stage) -> Iterator[tuple[str, str, int, float, float]]:
    """Yield tone, word, cases, and the share of the ribbon at which the band starts and ends."""
    parts = (
        ("ok", "on track", stage.on_track),
        ("risk", "at risk", stage.at_risk),
        ("breach", "breached", stage.breached),
    )
    whole = sum(number for _, _, number in parts)
    if not whole:
        yield "none", "without a clock", stage.reached, 0.0, 1.0
        return
    start = 0.0
    for tone, word, number in parts:
        end = start + number / whole
        if number:
            yield tone, word, number, start, end
        start = end


def bent(start: float, end: float) -> list[float]:
    return [start + (end - start) * (3 * t * t - 2 * t**3) for t in BEND]


def area(x: list[float], upper: list[float], lower: list[float], **look: object) -> go.Scatter:
    return go.Scatter(
        x=x + x[::-1],
        y=upper + lower[::-1],
        mode="lines",
        line={"width": 0},
        fill="toself",
        hoveron="fills",
        hoverinfo="text",
        **look,
    )


def ribbon(column: Column, following: Column, colours: Palette) -> Iterator[go.Scatter]:
    tall = min(column.tall, following.tall)
    left, right = column.x + BAR, following.x
    x = [left + (right - left) * t for t in BEND]
    for tone, word, number, start, end in bands(column.stage):
        upper = bent(column.top - tall * start, following.top - tall * start)
        lower = bent(column.top - tall * end, following.top - tall * end)
        text = f"{named(column.stage)}: {count(number)} {word}"
        fill = faded(colours.fill(tone), OPACITY.get(tone, 0.3))
        yield area(x, upper, lower, fillcolor=fill, text=text)


def waiting(column: Column, room: float, most: int, colours: Palette) -> Iterator[go.Scatter]:
    stage = column.stage
    thick = min(TALLEST * stage.waiting / most, 0.16)
    left, right = column.x + BAR, column.x + BAR + room * 0.55
    x = [left + (right - left) * t for t in BEND]
    upper = bent(column.bottom + thick, 0.13 + thick / 2)
    lower = bent(column.bottom, 0.13 - thick / 2)
    text = f"{count(stage.waiting)} waiting in {named(stage)}"
    yield area(x, upper, lower, fillcolor=faded(colours.none, 0.28), text=text)
    end = [right, right + BAR]
    ends = [0.13 + thick / 2] * 2, [0.13 - thick / 2] * 2
    yield area(end, *ends, fillcolor=colours.none, text=text)


def bar(column: Column, colours: Palette) -> go.Scatter:
    x = [column.x, column.x + BAR]
    text = f"{named(column.stage)}: {count(column.stage.reached)} cases reached it"
    fill = faded(colours.text, 0.75)
    return area(x, [column.top] * 2, [column.bottom] * 2, fillcolor=fill, text=text)


def heading(stage: Stage, colours: Palette) -> str:
    tone = verdict(stage)
    slow = (
        f"<span style='color:{colours.words(tone)}'>{SHAPE[tone]} {hours(stage.p90_hours)}</span>"
    )
    allowed = hours(stage.limit_hours).removesuffix(" h")
    limit = f"<span style='color:{colours.muted}'> of {allowed}</span>" if stage.limit_hours else ""
    below = f"{slow}{limit}" if stage.p90_hours is not None else " "  # all are equally tall
    return f"<b>{escape(named(stage))}</b><br>{count(stage.reached)}<br>{below}"


def label(figure: go.Figure, side: str, column: Column, colours: Palette) -> None:
    figure.add_annotation(
        x=column.x + {"left": 0.0, "center": BAR / 2, "right": BAR}[side],
        y=1.0,
        text=heading(column.stage, colours),
        xanchor=side,
        yanchor="bottom",
        align=side,
        showarrow=False,
        font={"size": 12},
    )


@lru_cache(maxsize=KEPT)
def figure(stages: tuple[Stage, ...], colours: Palette) -> go.Figure:
    drawn = blank(colours, HEIGHT, t=60, b=4, l=4, r=4)
    placed = columns(stages)
    last = len(placed) - 1
    most = max((stage.reached for stage in stages), default=0) or 1
    room = 1 / max(last, 1)
    for column, following in pairwise(placed):
        drawn.add_traces(list(ribbon(column, following, colours)))
    for at, column in enumerate(placed):
        label(drawn, "left" if at == 0 else "right" if at == last else "center", column, colours)
        drawn.add_trace(bar(column, colours))
        if column.stage.waiting and at < last:
            drawn.add_traces(list(waiting(column, room, most, colours)))
            drawn.add_annotation(
                x=column.x + BAR + room * 0.5,
                y=0.0,
                text=f"{count(column.stage.waiting)} waiting",
                showarrow=False,
                yanchor="middle",
                font={"size": 11, "color": colours.muted},
            )
    drawn.update_xaxes(visible=False, range=[-0.004, 1.004])
    drawn.update_yaxes(visible=False, range=[-0.05, 1.0])
    return drawn


def alt(stages: Sequence[Stage]) -> str:
    parts = [
        f"{named(stage)}: {plural(stage.reached, 'case')}, {stage.waiting} waiting, "
        f"{stage.at_risk} at risk, {stage.breached} breached"
        for stage in stages
    ]
    return "Flow of cases through the stages. " + "; ".join(parts) + "."
