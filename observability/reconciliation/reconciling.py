"""
A run reads every side once, as a stream, and looks line by line only where buckets differ.

Nothing here reads a clock or a database: the sides are given, and what is found is returned.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from observability.reconciliation.classifying import Grace, Patience, classify
from observability.reconciliation.document import Reconciliation, Side
from observability.reconciliation.finding import (
    KINDS,
    Break,
    Counts,
    Finding,
    Group,
    Kind,
    SideFound,
    Verdict,
    rule_of,
)
from observability.reconciliation.line import Line
from observability.reconciliation.shelf import BUCKETS, MEMORY_BYTES, Places, Shelf, unlike
from observability.reconciliation.tally import Compared, Tally, compared, whole
from observability.reconciliation.weighing import Word, word

LISTED = 5_000
_MASK = (1 << 256) - 1
Standing = frozenset[tuple[str, str]]
"""(rule, name) of breaks that have an exception: they are listed before all others."""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """
    One side's lines up to its `watermark`; a line that names no key is None.

    `unchecked` says why there are none to be held against: that is never taken for agreement.
    `silence` says so where not a single line came, unless having none is an answer too.
    """

    side: str
    lines: Callable[[], Iterable[Line | None]] = tuple
    watermark: datetime | None = None
    unchecked: str | None = None
    silence: str | None = None


def reconcile(  # noqa: PLR0913 - what is read, how long it may take, and how much of it is kept
    document: Reconciliation,
    given: Iterable[Given],
    folder: Path,
    *,
    grace: Grace = lambda since: since,
    standing: Standing = frozenset(),
    listed: int = LISTED,
    memory_bytes: int = MEMORY_BYTES,
) -> Finding:
    """Return what the sides *given*, in the document's order, agree on; *folder* is scratch."""
    sides = list(given)
    names = _pairs(document)
    shelf = Shelf(folder, _shared(document, names), memory_bytes=memory_bytes)
    read = {one.side: _read(document, one, shelf) for one in sides}
    found = {name: side.found for name, side in read.items()}
    book = found[document.book.side]
    checked = {one.side: one for one in document.others if found[one.side].unchecked is None}
    if book.unchecked is not None or not checked:
        because = book.unchecked or "; ".join(f.unchecked for f in found.values() if f.unchecked)
        return Finding(verdict="not_checked", because=because, sides=tuple(found.values()))
    marks = [found[name].watermark for name in (document.book.side, *checked)]
    known = [mark for mark in marks if mark is not None]
    looking = _Looking(document, shelf, checked, Patience(cut_off=min(known), grace=grace))
    listing = _Listing(standing, listed)
    for one in looking.breaks(names):
        listing.add(one)
    totals = compared(
        document, {name: read[name].groups for name in (document.book.side, *checked)}
    )
    return _finding(document, looking, listing, totals, found)


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    found: SideFound
    groups: Mapping[tuple[str, ...], Group] = {}


def _read(document: Reconciliation, given: Given, shelf: Shelf) -> _Read:
    if given.unchecked is not None:
        found = SideFound(side=given.side, watermark=given.watermark, unchecked=given.unchecked)
        return _Read(found=found)
    tally, digest, nameless = Tally(document), 0, 0
    for line in given.lines():
        if line is None:
            nameless += 1
            continue
        tally.add(line)
        shelf.put(given.side, line)
        said = msgspec.msgpack.encode(replace(line, ref=""))  # rows may come in any order
        raw = hashlib.blake2b(said, digest_size=32).digest()
        digest = (digest + int.from_bytes(raw, "big")) & _MASK
    groups = tally.groups()
    silent = given.silence if not groups and not nameless else None
    found = SideFound(
        side=given.side,
        watermark=given.watermark,
        digest=f"{digest:064x}",
        total=whole(groups.values()),
        nameless=nameless,
        unchecked=silent,
    )
    return _Read(found=found, groups=groups)


def _pairs(document: Reconciliation) -> list[tuple[str, str, Places | None]]:
    """Return (book, other, shared fields); None where lines are added up before."""
    book = document.book
    return [
        (book.side, one.side, None if book.sum or one.sum else document.compared(one))
        for one in document.others
    ]


def _shared(
    document: Reconciliation, pairs: Iterable[tuple[str, str, Places | None]]
) -> dict[str, list[Places]]:
    shared: dict[str, list[Places]] = {one.side: [] for one in document.sides}
    for left, right, places in pairs:
        if places is not None:
            shared[left].append(places)
            shared[right].append(places)
    return shared


class _Looking:
    """Goes through the buckets, and counts."""

    def __init__(
        self,
        document: Reconciliation,
        shelf: Shelf,
        checked: Mapping[str, Side],
        patience: Patience,
    ) -> None:
        self._document, self._shelf, self._checked = document, shelf, checked
        self.patience = patience
        self.opened = 0
        self._counts: dict[str, dict[str, int]] = {
            name: defaultdict(int) for name in (document.book.side, *checked)
        }

    def breaks(self, pairs: Iterable[tuple[str, str, Places | None]]) -> Iterator[Break]:
        those = [one for one in pairs if one[1] in self._checked]
        for bucket in range(BUCKETS):
            apart = unlike(self._shelf, those, bucket)
            for name in self._checked.keys() - apart:
                self._counts[name]["matched"] += self._shelf.keys(name, bucket)
            if apart:
                self.opened += 1
                yield from self._open(bucket, apart)

    def counts(self) -> dict[str, Counts]:
        return {name: Counts(**those) for name, those in self._counts.items()}

    def _open(self, bucket: int, apart: set[str]) -> Iterator[Break]:
        checked = {name: side for name, side in self._checked.items() if name in apart}
        by_key: dict[tuple[str, ...], dict[str, list[Line]]] = defaultdict(dict)
        for name in (self._document.book.side, *checked):
            for line in self._shelf.take(name, bucket):
                by_key[line.key].setdefault(name, []).append(line)
        for key in sorted(by_key):
            words = {
                name: word(self._document, self._document.by_side[name], lines)
                for name, lines in by_key[key].items()
            }
            yield from self._key(key, words, checked)

    def _key(
        self, key: tuple[str, ...], words: Mapping[str, Word], checked: Mapping[str, Side]
    ) -> Iterator[Break]:
        found = list(classify(self._document, key, words, checked, self.patience))
        for one in found:
            self._counts[one.side][one.kind] += 1
        broken = {one.side for one in found}
        if self._document.book.side in words:
            for name in words.keys() & checked.keys() - broken:
                self._counts[name]["matched"] += 1
        yield from found


class _Listing:
    """Keeps the breaks that one run lists; those that have an exception always."""

    def __init__(self, standing: Standing, limit: int) -> None:
        self._standing, self._limit = standing, limit
        self._kept: dict[str, list[Break]] = {"broken": [], "timing": [], "standing": []}
        self.unlisted = 0
        self.broken = 0

    def add(self, one: Break) -> None:
        self.broken += one.kind != "timing"
        if (one.rule, one.name) in self._standing:
            self._kept["standing"].append(one)
            return
        shelf = self._kept["timing" if one.kind == "timing" else "broken"]
        if len(shelf) < self._limit:
            shelf.append(one)
        else:
            self.unlisted += 1

    def breaks(self) -> tuple[Break, ...]:
        kept = [one for those in self._kept.values() for one in those]
        return tuple(sorted(kept, key=lambda b: (KINDS.index(b.kind), b.side, b.key, b.of or "")))


def _verdict(sides: Iterable[SideFound], listing: _Listing) -> tuple[Verdict, str]:
    """Whatever could not be looked at keeps a run from being reconciled."""
    hindered = [
        one.unchecked or f"{one.nameless} lines of {one.side} name no key"
        for one in sides
        if one.unchecked or one.nameless
    ]
    if listing.broken:
        return "breaks", "; ".join(hindered)
    return ("not_checked" if hindered else "reconciled"), "; ".join(hindered)


def _finding(
    document: Reconciliation,
    looking: _Looking,
    listing: _Listing,
    totals: Compared,
    found: Mapping[str, SideFound],
) -> Finding:
    verdict, because = _verdict(found.values(), listing)
    counts = looking.counts()
    asked: list[tuple[Kind, str]] = [
        (kind, name) for name in counts for kind in ("missing", "value", "duplicate")
    ]
    whole_book = len(counts) == len(document.sides)
    return Finding(
        verdict=verdict,
        because=because,
        cut_off=looking.patience.cut_off,
        sides=tuple(found.values()),
        counts=counts,
        groups=totals.groups,
        unequal_groups=totals.unequal,
        unequal=totals.listed,
        buckets=BUCKETS,
        opened_buckets=looking.opened,
        checked=tuple(
            rule_of(kind, name)
            for kind, name in asked
            if whole_book or (kind, name) != ("missing", document.book.side)
        ),
        breaks=listing.breaks(),
        unlisted=listing.unlisted,
    )
