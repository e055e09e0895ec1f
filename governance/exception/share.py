"""
What the exceptions of one engagement hold up together, and those of a case and its parts.

A line that many hold counts once, and no more is blocked than the engagement has left to bill.
A timesheet that is a case of its own has a cap of its own; with its engagement it has that
engagement's cap, too.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import reduce
from typing import Protocol

import msgspec

from rules.money import Money, add, subtract, total

Engagement = tuple[str, str]
"""Its process, and its key or that of the case which is of none: keys are a process's own."""
_NOTHING = Decimal(0)


class Stake(Protocol):
    """What is at stake in one exception: a process exception, or the few columns that say it."""

    @property
    def id(self) -> str: ...
    @property
    def process(self) -> str: ...
    @property
    def instance(self) -> str: ...
    @property
    def engagement(self) -> str | None: ...
    @property
    def line(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def blocked(self) -> Money | None: ...
    @property
    def exposure(self) -> Money | None: ...
    @property
    def delayed(self) -> Money | None: ...
    @property
    def remaining(self) -> Money | None: ...
    @property
    def delayed_since(self) -> datetime | None: ...
    @property
    def resolved_at(self) -> datetime | None: ...
    @property
    def changed_at(self) -> datetime: ...


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """The case that another is part of, and what it has left to bill; None: nobody knows."""

    instance: str
    left: Money | None = None


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one engagement holds in one currency.

    `parts` is what its lines block but for the one that is the engagement itself: of that one,
    what does not fit was billed, and is not `over`. `reported`: a rule tells that.
    """

    instance: str
    reported: bool
    blocked: Money
    parts: Money
    over: Money
    waiting: tuple[tuple[Money, datetime], ...] = ()


def engagement_of(one: Stake) -> Engagement:
    return one.process, one.engagement or one.instance


def share_of(
    those: Sequence[Stake], currency: str, *, reported: bool, billed: Collection[str] = ()
) -> Share:
    """
    Return what *those*, all of one engagement, hold up in *currency*.

    A line that is *billed* waits for itself, whatever is left to bill.
    """
    lines, left = _lines(those), _remaining(those)
    whole = those[0].engagement
    unbilled = [one for one in those if one.line not in billed] if billed else those
    parts = [held for line, held in lines.items() if line != whole]
    fitting, over = _fit(parts, left, currency)
    return Share(
        instance=those[0].instance,
        reported=reported,
        blocked=_fit(lines.values(), left, currency)[0] if whole in lines else fitting,
        parts=fitting,
        over=over,
        waiting=tuple(_longest_first(_waiting(unbilled, lines), left)),
    )


def within(shares: Iterable[Share], wholes: Mapping[str, Whole]) -> Iterator[Share]:
    """Yield *shares* so that a case and its parts hold no more than the case has left to bill."""
    groups: dict[tuple[str, str], list[Share]] = defaultdict(list)
    for one in shares:
        whole = wholes[one.instance].instance if one.instance in wholes else one.instance
        groups[whole, one.blocked.currency].append(one)
    for (whole, currency), those in groups.items():
        known = (wholes[one.instance].left for one in those if one.instance in wholes)
        left = next((one for one in known if one is not None and one.currency == currency), None)
        if left is None:
            yield from those
        else:
            yield _together(those, whole, left)


def _together(those: Sequence[Share], whole: str, left: Money) -> Share:
    parts = [one.parts if one.instance == whole else one.blocked for one in those]
    fitting, over = _fit(parts, left, left.currency)
    return Share(
        instance=whole,
        reported=any(one.reported for one in those),
        blocked=_fit([one.blocked for one in those], left, left.currency)[0],
        parts=fitting,
        over=total([over, *(one.over for one in those)])[0],
        waiting=tuple(_longest_first((pair for one in those for pair in one.waiting), left)),
    )


def _lines(held: Iterable[Stake]) -> dict[str, Money]:
    """Return each distinct line at the largest amount that a rule holds up of it."""
    lines: dict[str, Money] = {}
    for one in held:
        if one.blocked is not None:
            lines[one.line] = max(lines.get(one.line, one.blocked), one.blocked)
    return lines


def _remaining(held: Iterable[Stake]) -> Money | None:
    """Return what the engagement still has to bill, as the latest of *held* knows it."""
    known = [(one.changed_at, one.id, one.remaining) for one in held if one.remaining is not None]
    return max(known)[2] if known else None


def _fit(lines: Iterable[Money], left: Money | None, currency: str) -> tuple[Money, Money]:
    """Return how much of *lines* fits into what is *left* to bill, and how much does not."""
    amount = reduce(add, (one.amount for one in lines), _NOTHING)
    fits = amount if left is None else min(amount, max(left.amount, _NOTHING))
    over = subtract(amount, fits)
    return Money(amount=fits, currency=currency), Money(amount=over, currency=currency)


def _waiting(held: Iterable[Stake], lines: Mapping[str, Money]) -> Iterator[tuple[Money, datetime]]:
    """Yield each line that waits, and since when."""
    since: dict[str, datetime] = {}
    for one in held:
        if one.delayed_since is not None:
            since[one.line] = min(since.get(one.line, one.delayed_since), one.delayed_since)
    for line, begun in since.items():
        yield lines[line], begun


def _longest_first(
    waiting: Iterable[tuple[Money, datetime]], left: Money | None
) -> Iterator[tuple[Money, datetime]]:
    """Yield what waits for cash that may come: what is *left* goes to what waited longest."""
    rest = None if left is None else max(left.amount, _NOTHING)
    for held, since in sorted(waiting, key=lambda pair: (pair[1], pair[0].amount)):
        fits = held.amount if rest is None else min(held.amount, rest)
        if fits > 0:
            yield Money(amount=fits, currency=held.currency), since
        if rest is not None:
            rest = subtract(rest, fits)
