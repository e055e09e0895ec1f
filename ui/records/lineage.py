"""Where a figure of a case comes from."""

from datetime import datetime

import msgspec

from ui.records.money import Money, Page


class NamedFigure(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""
    title: str = ""
    amounts: tuple[Money, ...] = ()


class FigureEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`says` is the amount that the event gave; None when it said other things."""

    id: str = ""
    source: str = ""
    type: str = ""
    at: datetime | None = None
    says: Money | None = None
    service: str | None = None
    trace_id: str | None = None
    span_id: str | None = None


class FigureLine(msgspec.Struct, frozen=True, kw_only=True):
    figure: str = ""
    type: str = ""
    key: str = ""
    amount: Money | None = None
    events: tuple[FigureEvent, ...] = ()


class Lineage(Page, frozen=True, kw_only=True):
    figure: NamedFigure = NamedFigure()
    formula: str | None = None
    of: tuple[NamedFigure, ...] = ()
    total: int = 0
    lines: tuple[FigureLine, ...] = ()
