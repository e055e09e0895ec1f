"""The figures of a screen as CSV, with what they are filtered by on every line."""

import csv
import io
from collections.abc import Iterator, Sequence

from ui.records import Health, Money

HEADER = ("process", "window", "as_of", "of", "figure", "value", "unit")
FORMULA = ("=", "+", "-", "@", "\t", "\r")

Line = tuple[str, str, object, str]


def figures_csv(health: Health, process: str, window: str) -> bytes:
    """Return every figure of *health*; a figure that is not known is empty."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(HEADER)
    as_of = health.as_of.isoformat() if health.as_of else ""
    for line in (*whole(health), *objectives(health), *stages(health)):
        table.writerow([process, window, as_of, *map(cell, line)])
    return text.getvalue().encode()


def cell(value: object) -> object:
    """Return *value* so that no spreadsheet takes a name from outside for a formula."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def amounts(of: str, figure: str, those: Sequence[Money]) -> Iterator[Line]:
    for one in those:
        yield of, figure, f"{one.amount:f}", one.currency


def whole(health: Health) -> Iterator[Line]:
    work, money = health.exceptions, health.money
    yield "process", "attainment", health.attainment, "share"
    yield "process", "target", health.target, "share"
    yield "process", "burn", health.burn, "times"
    yield "process", "cases", health.cases, "cases"
    yield "process", "events", health.events, "events"
    yield "process", "duration_median", health.duration.median_seconds, "seconds"
    yield "exceptions", "open", work.open, "exceptions"
    yield "exceptions", "breached", work.breached, "exceptions"
    yield "exceptions", "at_risk", work.at_risk, "exceptions"
    yield "exceptions", "closed", work.closed, "exceptions"
    yield "exceptions", "median_to_resolve", work.median_to_resolve_seconds, "seconds"
    yield from amounts("exceptions", "blocked", money.blocked)
    yield from amounts("exceptions", "delayed_cash", money.delayed_cash)
    yield from amounts("exceptions", "exposure", money.exposure)


def objectives(health: Health) -> Iterator[Line]:
    for one in health.slas:
        yield one.sla, "attainment", one.attainment, "share"
        yield one.sla, "target", one.target, "share"
        for name in ("met", "late", "absent", "running", "paused", "cancelled"):
            yield one.sla, name, getattr(one, name), "clocks"
        yield from amounts(one.sla, "money_late", one.money_late)
        yield from amounts(one.sla, "money_absent", one.money_absent)


def stages(health: Health) -> Iterator[Line]:
    for one in health.stages:
        for name in ("reached", "waiting", "on_track", "at_risk", "breached"):
            yield one.stage, name, getattr(one, name), "cases"
        yield one.stage, "p90", one.p90_hours, "hours"
        yield one.stage, "limit", one.limit_hours, "hours"
