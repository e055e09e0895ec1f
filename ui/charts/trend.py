"""SLA attainment a day with that of seven days against the target, and the burn rate below."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ui.charts.canvas import KEPT, axis, layout
from ui.display import TIMES, percent
from ui.records import HealthDay
from ui.theme import Palette

HEIGHT = 284
BREAK_EVEN = 1.0
FAST = 2.0
YEARS_FROM = 300


def burn_tone(burn: float | None) -> str:
    """Return the tone of a burn rate: 1 spends the error budget exactly by its end."""
    if burn is None:
        return "none"
    if burn > FAST:
        return "breach"
    return "risk" if burn > BREAK_EVEN else "ok"


def dates(days: Sequence[HealthDay]) -> str:
    """Return the format of the time axis: with its year where a day and a month repeat."""
    known = [date.fromisoformat(day.date) for day in days if day.date]
    span = (max(known) - min(known)).days if known else 0
    return "%b %Y" if span > YEARS_FROM else "%d %b"


def dashed(colours: Palette) -> dict[str, Any]:
    return {"color": colours.muted, "width": 1, "dash": "dash"}


def attainment(days: Sequence[HealthDay], floor: float, colours: Palette) -> list[go.Scatter]:
    """Return the days as dots, those below the scale at its floor, and their moving mean."""
    at = [day.date for day in days]
    return [
        go.Scatter(
            x=at,
            y=[None if (v := day.attainment) is None else max(v, floor) for day in days],
            mode="markers",
            marker={"size": 4, "color": colours.none, "opacity": 0.7},
            customdata=[percent(day.attainment) for day in days],
            hovertemplate="%{x}: %{customdata}<extra>day</extra>",
        ),
        go.Scatter(
            x=at,
            y=[day.moving_attainment for day in days],
            mode="lines",
            line={"color": colours.primary, "width": 2.4},
            hovertemplate="%{y:.1%}<extra>7 days</extra>",
        ),
    ]


def burning(days: Sequence[HealthDay], colours: Palette) -> go.Bar:
    return go.Bar(
        x=[day.date for day in days],
        y=[day.burn for day in days],
        marker={"color": [colours.fill(burn_tone(day.burn)) for day in days]},
        hovertemplate=f"burn %{{y:.1f}}{TIMES}<extra></extra>",
    )


def latest(days: Sequence[HealthDay]) -> HealthDay | None:
    known = [day for day in days if day.moving_attainment is not None]
    return known[-1] if known else None


def lowest(days: Sequence[HealthDay], target: float | None) -> float:
    """Return where the scale begins: below the target and every moving mean."""
    shares = [day.moving_attainment for day in days if day.moving_attainment is not None]
    return max(min([*shares, target or 1.0]) - 0.08, 0.0)


@lru_cache(maxsize=KEPT)
def figure(days: tuple[HealthDay, ...], target: float | None, colours: Palette) -> go.Figure:
    drawn = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[0.62, 0.38], vertical_spacing=0.09
    )
    drawn.update_layout(**layout(colours, HEIGHT, l=42, r=6, t=10, b=24))
    floor = lowest(days, target)
    drawn.add_traces(attainment(days, floor, colours), rows=[1, 1], cols=[1, 1])
    drawn.add_trace(burning(days, colours), row=2, col=1)
    if target is not None:
        drawn.add_hline(y=target, line=dashed(colours), row=1, col=1)
    drawn.add_hline(y=BREAK_EVEN, line=dashed(colours), row=2, col=1)
    end = latest(days)
    if end is not None:
        drawn.add_annotation(
            x=end.date,
            y=end.moving_attainment,
            text=f"<b>{percent(end.moving_attainment)}</b> in 7 days",
            showarrow=False,
            xanchor="right",
            yanchor="bottom",
            font={"color": colours.text, "size": 12},
            row=1,
            col=1,
        )
    drawn.update_xaxes(
        **axis(colours),
        type="date",
        showgrid=False,
        tickformat=dates(days),
        nticks=5,
        fixedrange=True,
    )
    drawn.update_yaxes(**axis(colours), nticks=4, fixedrange=True)
    drawn.update_yaxes(tickformat=".0%", range=[floor - 0.005, 1.01], row=1, col=1)
    drawn.update_yaxes(ticksuffix=TIMES, rangemode="tozero", row=2, col=1)
    drawn.update_layout(bargap=0.25, hovermode="x")
    return drawn


def alt(days: Sequence[HealthDay], target: float | None) -> str:
    end = latest(days)
    now = percent(end.moving_attainment) if end else "not known"
    return (
        f"SLA attainment over {len(days)} days against a target of {percent(target, 0)}; "
        f"that of the last 7 days stands at {now}. The burn rate of the error budget is below."
    )
