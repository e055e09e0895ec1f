"""
A key is told apart by kind: it matches, is missing, differs in value, stands twice, or is on
its way.

What changed so lately that its grace is not over, or after the moment up to which both sides
are known, is on its way: it is a break only when that time has passed.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from observability.reconciliation.document import Reconciliation, Side
from observability.reconciliation.finding import Break, Kind
from observability.reconciliation.weighing import Word, differences, is_nothing
from rules.instant import from_micros
from rules.money import Money, total

Grace = Callable[[datetime], datetime]
"""When a difference that came about then is no longer on its way."""


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """`cut_off` is the moment up to which both sides are known."""

    cut_off: datetime
    grace: Grace = lambda since: since

    def until(self, one: Break) -> datetime | None:
        """Return until when *one* may be on its way; None when that is over, or was never known."""
        if one.since is None:
            return None
        until = max(self.grace(one.since), one.since)
        return until if until > self.cut_off else None


def classify(
    document: Reconciliation,
    key: tuple[str, ...],
    words: Mapping[str, Word],
    checked: Mapping[str, Side],
    patience: Patience,
) -> Iterator[Break]:
    """Yield the breaks of *key*; *words* are of the sides that have it, *checked* all others."""
    for name, word in words.items():
        if word.surplus:
            yield _break(key, "duplicate", name, {name: word}, word.surplus_money)
    book = words.get(document.book.side)
    for broken in _against(document, key, book, words, checked):
        until = patience.until(broken)
        yield replace(broken, kind="timing", of=broken.kind, until=until) if until else broken


def _against(
    document: Reconciliation,
    key: tuple[str, ...],
    book: Word | None,
    words: Mapping[str, Word],
    checked: Mapping[str, Side],
) -> Iterator[Break]:
    if book is None:
        missed = {
            name: words[name]
            for name, side in checked.items()
            if name in words and not _stands_for_nothing(document, side, words[name])
        }
        if missed:
            money = next(iter(missed.values())).money
            yield _break(key, "missing", document.book.side, missed, money)
        return
    for name, side in checked.items():
        other = words.get(name)
        both = {document.book.side: book}
        if other is not None:
            both[name] = other
            yield from _unequal(document, key, side, both)
        elif not side.partial and not _stands_for_nothing(document, side, book):
            yield _break(key, "missing", name, both, book.money)


def _unequal(
    document: Reconciliation, key: tuple[str, ...], side: Side, both: dict[str, Word]
) -> Iterator[Break]:
    book, other = both[document.book.side], both[side.side]
    found = differences(document, side, book, other)
    if found:
        between = total(money for _, gap in found for money in gap)
        money = between or book.money or other.money
        one = _break(key, "value", side.side, both, money)
        yield replace(one, differences=tuple(said for said, _ in found))


def _stands_for_nothing(document: Reconciliation, side: Side, word: Word) -> bool:
    return document.absent == "zero" and is_nothing(document, side, word)


def _break(
    key: tuple[str, ...],
    kind: Kind,
    side: str,
    words: Mapping[str, Word],
    money: list[Money],
) -> Break:
    times = [word.latest for word in words.values() if word.latest is not None]
    cases = [word.case for word in words.values() if word.case]
    return Break(
        kind=kind,
        side=side,
        key=key,
        money=tuple(money),
        refs={name: word.refs for name, word in words.items()},
        case=cases[0] if cases else None,
        since=from_micros(max(times)) if times else None,
    )
