"""
What happened in a case, step by step.

A row is an activity. A bar is a clock that ran towards it: filled up to its limit, alarming
beyond, still open where nothing has come. Time before a step that no promise covers is
hatched. A tick is a limit, a line an event, and ● ▲ ◆ are the rule decisions taken there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from textwrap import shorten

import msgspec
import plotly.graph_objects as go

from ui.charts.canvas import blank
from ui.display import TIMES, duration, moment, plural, sentence
from ui.records import Clock, Decision, Happening
from ui.theme import Palette, faded

TALLEST_ROW, LOWEST_ROW, ALL_ROWS = 41, 27, 560
LONGEST_NAME = 30
AROUND = 60
MOST_DATES = 4
SYMBOLS = {"ok": "circle", "risk": "triangle-up", "breach": "diamond"}
VERDICTS = {"clear": "ok", "warning": "risk", "blocked": "breach", "not_evaluated": "breach"}
BROKEN = ("late", "absent")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One activity of the case: when it occurred and the clocks that ran towards it."""

    activity: str
    title: str
    stage: str | None = None
    occurred: tuple[datetime, ...] = ()
    before: datetime | None = None
    clocks: tuple[Clock, ...] = ()

    @property
    def late(self) -> bool:
        return any(clock.state in BROKEN for clock in self.clocks)

    @property
    def first(self) -> datetime | None:
        times = [*self.occurred, *(c.due_at for c in self.clocks if c.due_at)]
        return min(times, default=None)


def leads_to(clock: Clock, events: Sequence[Happening]) -> str:
    """Return the activity that *clock* waits for: declared, else what met it."""
    if clock.ends:
        return clock.ends[0]
    met = [e.activity for e in events if e.at == clock.target_at and e.activity]
    begun = [e.activity for e in events if e.at == clock.started_at and e.activity]
    return next(iter([*reversed(met), *begun]), clock.sla)


def steps(events: Sequence[Happening], clocks: Sequence[Clock]) -> list[Step]:
    """Return the case's steps: stage by stage, each as it first occurred or was due."""
    ordered = sorted((e for e in events if e.activity and e.at), key=lambda e: str(e.at))
    waited: dict[str, list[Clock]] = {}
    for clock in clocks:
        if clock.state != "cancelled" and clock.started_at and clock.due_at:
            waited.setdefault(leads_to(clock, ordered), []).append(clock)
    happened: dict[str, list[Happening]] = {}
    before: dict[str, datetime | None] = {}
    previous: datetime | None = None
    for event in ordered:
        name = event.activity or ""
        before.setdefault(name, previous)
        happened.setdefault(name, []).append(event)
        previous = event.at
    names = [*happened, *(name for name in waited if name not in happened)]
    made = [step(name, happened.get(name, []), before.get(name), waited) for name in names]
    begun: dict[str | None, str] = {}
    for one in made:
        begun[one.stage] = min(begun.get(one.stage, str(one.first)), str(one.first))
    return sorted(made, key=lambda one: (begun[one.stage], str(one.stage), str(one.first)))


def step(
    name: str, events: list[Happening], before: datetime | None, waited: dict[str, list[Clock]]
) -> Step:
    title = next((e.title for e in events if e.title), None)
    return Step(
        activity=name,
        title=title or sentence(name),
        stage=next((e.stage for e in events if e.stage), None),
        occurred=tuple(e.at for e in events if e.at),
        before=before,
        clocks=tuple(waited.get(name, [])),
    )


def named(event: Happening) -> str:
    return event.title or sentence(event.activity or event.type or "event")


def millis(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds() * 1000, 0.0)


def bars(
    parts: Iterable[tuple[str, datetime, datetime, str]], colour: str, **look: object
) -> go.Bar:
    """Return horizontal bars of (row, start, end, hover text)."""
    listed = list(parts)
    return go.Bar(
        y=[row for row, _, _, _ in listed],
        base=[start for _, start, _, _ in listed],
        x=[millis(start, end) for _, start, end, _ in listed],
        customdata=[[row, text] for row, _, _, text in listed],
        orientation="h",
        width=0.52,
        marker={"color": colour, "line": {"width": 0}, **look},
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<extra></extra>",
    )


def told(clock: Clock, end: datetime) -> str:
    about = f" · {clock.object}" if clock.object else ""
    ran = duration((end - clock.started_at).total_seconds()) if clock.started_at else ""
    used = f" · {clock.used_percent:.0f}% used" if clock.used_percent is not None else ""
    return f"{clock.title or clock.sla}{about}<br>{sentence(clock.state)} · {ran} elapsed{used}"


def promised(rows: Sequence[Step], now: datetime, colours: Palette) -> list[go.Bar]:
    """Return the clocks' bars: within the limit, and what lies beyond it."""
    calm: list[tuple[str, datetime, datetime, str]] = []
    near: list[tuple[str, datetime, datetime, str]] = []
    strained: list[tuple[str, datetime, datetime, str]] = []
    beyond: list[tuple[str, datetime, datetime, str]] = []
    for row in rows:
        for clock in row.clocks:
            end = clock.target_at or now
            if clock.started_at is None or clock.due_at is None:
                continue
            within = (row.title, clock.started_at, min(end, clock.due_at), told(clock, end))
            filled = strained if clock.state in BROKEN else near if clock.at_risk else calm
            filled.append(within)
            if clock.state in BROKEN and end > clock.due_at:
                beyond.append((row.title, clock.due_at, end, told(clock, end)))
    return [
        bars(calm, faded(colours.ok, 0.88)),
        bars(near, colours.risk),
        bars(strained, faded(colours.ok, 0.5)),
        bars(beyond, colours.breach),
    ]


def unpromised(rows: Sequence[Step], colours: Palette) -> go.Bar:
    """Return the hatched time before steps, up to the first clock or event."""
    parts = []
    for row in rows:
        starts = [c.started_at for c in row.clocks if c.started_at]
        until = min([*starts, *row.occurred], default=None)
        if row.before and until and until > row.before:
            waited = duration((until - row.before).total_seconds())
            parts.append((row.title, row.before, until, f"waiting {waited}"))
    hatch = {"shape": "/", "fgcolor": colours.none, "size": 5, "solidity": 0.25}
    return bars(parts, "rgba(0,0,0,0)", pattern=hatch)


def ticks(rows: Sequence[Step], colours: Palette) -> list[go.Scatter]:
    limits = [(row.title, c.due_at, c) for row in rows for c in row.clocks if c.due_at]
    events = [(row.title, at) for row in rows for at in row.occurred]
    return [
        go.Scatter(
            y=[title for title, _ in events],
            x=[at for _, at in events],
            customdata=[[title] for title, _ in events],
            mode="markers",
            marker={"symbol": "circle", "size": 5, "color": colours.text},
            text=[moment(at) for _, at in events],
            hovertemplate="<b>%{customdata[0]}</b><br>%{text}<extra></extra>",
        ),
        go.Scatter(
            y=[title for title, _, _ in limits],
            x=[at for _, at, _ in limits],
            customdata=[[title] for title, _, _ in limits],
            mode="markers",
            marker={
                "symbol": "line-ns",
                "size": 17,
                "line": {"width": 2, "color": colours.text},
            },
            text=[f"limit {moment(at)}: {c.title or c.sla}" for _, at, c in limits],
            hovertemplate="%{text}<extra></extra>",
        ),
    ]


def turning(decisions: Sequence[Decision]) -> list[Decision]:
    """Return those of *decisions*, oldest first, that differ from the one before in their set."""
    last: dict[str, str] = {}
    turned = []
    for decision in decisions:
        if last.get(decision.ruleset) != decision.outcome:
            turned.append(decision)
        last[decision.ruleset] = decision.outcome
    return turned


def under(rows: Sequence[Step], at: datetime | None) -> str | None:
    """Return the row of the last event at or before *at*."""
    if at is None:
        return None
    past = [(when, row.title) for row in rows for when in row.occurred if when <= at]
    return max(past)[1] if past else None


def why(decision: Decision) -> str:
    reasons = [firing.reason for firing in decision.firings][:3]
    return "<br>".join(reasons) or "every rule passed"


def marks(
    rows: Sequence[Step], decisions: Sequence[Decision], colours: Palette
) -> list[go.Scatter]:
    drawn = []
    for tone, symbol in SYMBOLS.items():
        placed = [
            (row, decision)
            for decision in turning(decisions)
            if VERDICTS.get(decision.outcome, "ok") == tone
            and (row := under(rows, decision.at)) is not None
        ]
        drawn.append(
            go.Scatter(
                y=[row for row, _ in placed],
                x=[decision.at for _, decision in placed],
                customdata=[[row, d.ruleset, why(d)] for row, d in placed],
                mode="markers",
                marker={
                    "symbol": symbol,
                    "size": 13,
                    "color": colours.fill(tone),
                    "line": {"width": 2, "color": colours.card},
                },
                hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
            )
        )
    return drawn


def beside(row: Step, now: datetime) -> tuple[datetime | None, str, bool]:
    """Return where the row's words stand, the words, and whether they tell of lateness."""
    ends = [c.target_at or now for c in row.clocks]
    limits = [c.due_at for c in row.clocks if c.due_at]
    at = max([*row.occurred, *ends, *limits], default=None)
    broken = sum(clock.state in BROKEN for clock in row.clocks)
    times = f"{len(row.occurred)}{TIMES}" if len(row.occurred) > 1 else ""
    if len(row.clocks) == 1 and row.clocks[0].started_at:
        times = duration((ends[0] - row.clocks[0].started_at).total_seconds())
        over = (ends[0] - limits[0]).total_seconds() if limits else 0.0
        late = f" <b>+{duration(over)}</b>" if broken else ""
        return at, f"{times}{late}", bool(broken)
    late = f" <b>{broken} late</b>" if broken else ""
    return at, f"{times}{late}".strip(), bool(broken)


def figure(
    rows: Sequence[Step], decisions: Sequence[Decision], now: datetime, colours: Palette
) -> go.Figure:
    """Draw *rows*; clocks without an end are drawn up to *now*."""
    tall = min(max(ALL_ROWS // max(len(rows), 1), LOWEST_ROW), TALLEST_ROW)
    drawn = blank(colours, AROUND + tall * max(len(rows), 2), l=8, r=76, t=26, b=6)
    drawn.add_trace(unpromised(rows, colours))
    drawn.add_traces(promised(rows, now, colours))
    drawn.add_traces(ticks(rows, colours))
    drawn.add_traces(marks(rows, decisions, colours))
    for row in rows:
        at, words, late = beside(row, now)
        if at and words:
            drawn.add_annotation(
                y=row.title,
                x=at,
                text=words,
                showarrow=False,
                xanchor="left",
                xshift=9,
                font={"size": 11, "color": colours.breach_text if late else colours.muted},
            )
    for place, row in enumerate(rows[1:], start=1):
        if row.stage != rows[place - 1].stage:
            drawn.add_hline(y=place - 0.5, line={"color": colours.line, "width": 1})
    titles = [row.title for row in rows]
    drawn.update_yaxes(
        range=[len(rows) - 0.5, -0.5],
        automargin=True,
        showgrid=False,
        tickfont={"size": 12.5, "color": colours.text},
        tickmode="array",
        tickvals=titles,
        ticktext=[shorten(title, LONGEST_NAME, placeholder="…") for title in titles],
        type="category",
        categoryorder="array",
        categoryarray=titles,
        ticklabelstandoff=8,
    )
    drawn.update_xaxes(type="date", side="top", tickformat="%d %b", nticks=MOST_DATES, tickangle=0)
    drawn.update_layout(barmode="overlay", clickmode="event+select")
    return drawn


def alt(rows: Sequence[Step]) -> str:
    late = [row.title for row in rows if row.late]
    words = f"late: {', '.join(late)}" if late else "none is late"
    return f"The case's {plural(len(rows), 'step')} over time with SLA limits; {words}."
