"""
What the exceptions of one engagement contribute to the figures of a process.

They contribute together: a line that several rules hold up counts once, and the engagement
blocks no more than it has left. What time alone changes is told by its instant, as in
`observability.rollup`. When they came and went is kept of each type, and of all together.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import ceil

from governance.exception.at_risk import held
from governance.exception.overview.overview import begun
from governance.exception.process_exception import ProcessException
from governance.exception.promise import AT_RISK_PERCENT, pressing_span
from observability.rollup.contribution import DAY_MICROS, Contribution, Kept
from observability.rollup.measure import Measure, RolledCase
from rules.instant import to_micros
from rules.money import Money, subtract

MINUTE_MICROS = 60_000_000
MICROSECOND = timedelta(microseconds=1)
AT_RISK_SHARE = AT_RISK_PERCENT / 100
FOREVER = 1 << 62
ZERO = Decimal()
STAGE, RULE = "stage", "rule"
ALL = "*"
_COURSE = "exception-"
CAME, OPEN, WENT, RESOLVED = (f"{_COURSE}{told}:" for told in ("came", "open", "went", "resolved"))
"""Of each type, and of `ALL`, whose name is put behind it."""


def _told_elsewhere(_case: RolledCase) -> Iterable[Contribution]:
    return ()


def _measure(name: str, *, daily: bool = False, ever: bool = False, named: bool = False) -> Measure:
    return Measure(
        name=f"exception:{name}", tell=_told_elsewhere, daily=daily, ever=ever, named=named
    )


HELD = _measure("held", ever=True)
BLOCKED = _measure("blocked", ever=True)
EXPOSED = _measure("exposed", ever=True)
PRESSED = _measure("pressed", daily=True, named=True)
NEARLY = _measure("nearly", daily=True, named=True)
WAITS = _measure("waits", daily=True, named=True)
WAITS_FROM = _measure("waits-from", ever=True, named=True)
OPENED = _measure("opened", daily=True)
CLOSED = _measure("closed", daily=True, ever=True)
MOVED = _measure("moved", daily=True, ever=True)
MEASURES = {
    one.name: one
    for one in (
        HELD,
        BLOCKED,
        EXPOSED,
        PRESSED,
        NEARLY,
        WAITS,
        WAITS_FROM,
        OPENED,
        CLOSED,
        MOVED,
    )
}


def contributions(exceptions: Sequence[ProcessException]) -> Kept:
    """Return what *exceptions*, all of one engagement and process, contribute together."""
    standing = [one for one in exceptions if one.standing]
    told = {
        HELD: _held(standing),
        BLOCKED: _blocked(standing),
        EXPOSED: [Contribution(amount=one) for one in held(standing).exposure],
        PRESSED: _pressed(standing),
        NEARLY: _nearly(standing),
        WAITS: _waits(standing),
        WAITS_FROM: _waits_from(standing),
        OPENED: _opened(exceptions),
        CLOSED: _closed(exceptions),
        MOVED: _moved(exceptions),
    }
    kept = {measure.name: list(those) for measure, those in told.items()}
    return {name: those for name, those in kept.items() if those} | _courses(exceptions)


@lru_cache(maxsize=4096)
def measure_of(name: str) -> Measure | None:
    """Return the measure of that name, of the course of one type included."""
    if name.startswith(_COURSE):
        return Measure(name=name, tell=_told_elsewhere, daily=True)
    return MEASURES.get(name)


def _held(standing: Iterable[ProcessException]) -> Iterator[Contribution]:
    """(stage, rule, title)."""
    counted = Counter((one.stage or "", one.rule, one.title) for one in standing)
    for of, n in sorted(counted.items()):
        yield Contribution(of, n=n)


def _blocked(standing: Sequence[ProcessException]) -> Iterator[Contribution]:
    """() of all; (stage, its name) and (rule, stage, rule) of those that stand there."""
    groups: dict[tuple[str, ...], list[ProcessException]] = defaultdict(list)
    for one in standing:
        groups[()].append(one)
        groups[STAGE, one.stage or ""].append(one)
        groups[RULE, one.stage or "", one.rule].append(one)
    for of, those in sorted(groups.items()):
        for figure in held(those).blocked:
            yield Contribution(of, amount=figure)


def _pressed(standing: Iterable[ProcessException]) -> Iterator[Contribution]:
    """(stage, rule) at the limit of the promise that presses: past it, it is broken."""
    for one in standing:
        span = pressing_span(one)
        if span is not None:
            yield Contribution((one.stage or "", one.rule), at=to_micros(span[1]))


def _nearly(standing: Iterable[ProcessException]) -> Iterator[Contribution]:
    """From when on a promise is at risk or broken."""
    for one in standing:
        span = pressing_span(one)
        if span is not None:
            start, due = map(to_micros, span)
            warned = start + ceil((due - start) * AT_RISK_SHARE)
            yield Contribution(at=min(warned, due + 1))


def _waits(standing: Iterable[ProcessException]) -> Iterator[Contribution]:
    """Each line that cash waits for, at the instant since which it does."""
    for amount, since in held(standing).waiting:
        yield Contribution(at=to_micros(since), amount=amount)


def _waits_from(standing: Iterable[ProcessException]) -> Iterator[Contribution]:
    """(minute of the day) of the same lines, at the time of the day: each adds a day at that."""
    for amount, since in held(standing).waiting:
        time = to_micros(since) % DAY_MICROS
        yield Contribution((str(time // MINUTE_MICROS),), at=time, amount=amount)


def _opened(exceptions: Iterable[ProcessException]) -> Iterator[Contribution]:
    days = Counter(to_micros(one.opened_at) // DAY_MICROS for one in exceptions)
    for day, n in sorted(days.items()):
        yield Contribution(n=n, at=day * DAY_MICROS)


def _closed(exceptions: Iterable[ProcessException]) -> Iterator[Contribution]:
    for one in exceptions:
        if one.resolved_at is not None:
            taken = one.resolved_at - begun(one, one.resolved_at)
            yield Contribution(at=to_micros(one.resolved_at), value=taken // MICROSECOND)


def _moved(exceptions: Iterable[ProcessException]) -> Iterator[Contribution]:
    """By how much more, or less, is blocked at the end of a day than at the end before it."""
    spans = [(*_days(one), one) for one in exceptions if one.blocked is not None]
    edges = sorted({edge for begin, end, _ in spans for edge in (begin, end) if edge < FOREVER})
    before: dict[str, Decimal] = {}
    for day in edges:
        there = held(one for begin, end, one in spans if begin <= day < end).blocked
        now = {one.currency: one.amount for one in there}
        for currency in sorted(before.keys() | now.keys()):
            more = subtract(now.get(currency, ZERO), before.get(currency, ZERO))
            if more:
                amount = Money(amount=more, currency=currency)
                yield Contribution(at=day * DAY_MICROS, amount=amount)
        before = now


def _courses(exceptions: Iterable[ProcessException]) -> Kept:
    """When each came, whether it is open since, else when it went; how long until it was mended."""
    days = Counter[tuple[str, int]]()
    found: defaultdict[str, list[Contribution]] = defaultdict(list)
    for one in exceptions:
        opened, ended = to_micros(one.opened_at), _ended(one)
        for type_ in (one.type, ALL):
            days[CAME + type_, opened // DAY_MICROS] += 1
            if ended is None:
                days[OPEN + type_, opened // DAY_MICROS] += 1
            else:
                days[WENT + type_, to_micros(ended) // DAY_MICROS] += 1
            if one.state == "resolved" and one.resolved_at is not None:
                at = to_micros(one.resolved_at)
                taken = at - opened
                told = Contribution(at=at, quantity=taken, value=taken)
                found[RESOLVED + type_].append(told)
    for (name, day), n in sorted(days.items()):
        found[name].append(Contribution(n=n, at=day * DAY_MICROS))
    return dict(found)


def _days(one: ProcessException) -> tuple[int, int]:
    """Return the first day at whose end it stands, and the first at whose end it does no more."""
    ended = _ended(one)
    return _day(one.opened_at), FOREVER if ended is None else _day(ended)


def _ended(one: ProcessException) -> datetime | None:
    return None if one.standing else one.resolved_at or one.changed_at  # a waiver ends it


def _day(at: datetime) -> int:
    return (to_micros(at) - 1) // DAY_MICROS
