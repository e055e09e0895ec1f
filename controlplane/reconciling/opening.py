"""
The sides of a reconciliation as they stand in the databases, opened as streams.

Entities are read page by page; what single event types say of them comes from the log.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection

from controlplane.pipeline.folding import told_by
from controlplane.reconciling.patience import Calendars, later
from observability.entity import Entity, fold_entity
from observability.event import decode_event
from observability.log import stores as log
from observability.projection import entity_stores
from observability.reconciliation import extract, source_stores, stores
from observability.reconciliation.document import CASE, Reconciliation, Selection, Side
from observability.reconciliation.line import Line, read_line, selects
from observability.reconciliation.reconciling import Given
from observability.reconciliation.source_stores import Told
from rules.instant import render_instant, to_micros

Rows = Iterator[Sequence[tuple[str, Mapping[str, Any]]]]
"""Pages of (reference, row)."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What a run reads: a snapshot of both databases, as of the moment at which it was asked."""

    state: Connection
    log: Connection
    document: Reconciliation
    calendars: Calendars
    at: datetime

    def sides(self) -> list[Given]:
        return [self._side(one) for one in self.document.sides]

    def _side(self, side: Side) -> Given:
        found = {one.part: self._manifest(side, one) for one in side.selections if one.extract}
        for one in side.selections:
            if one.extract and not one.optional and found[one.part] is None:
                part = f" ({one.part})" if one.part else ""
                return _unchecked(side, f"no extract of {side.title}{part} was uploaded")
        manifests = {part: one for part, one in found.items() if one is not None}
        old = [one for one in manifests.values() if self._too_old(side, one)]
        watermark = min((one.watermark for one in manifests.values()), default=self.at)
        if old:
            since = render_instant(watermark)
            return _unchecked(side, f"the extract of {side.title} is as of {since}", watermark)
        silence = f"no event has told of a line of {side.title}"
        return Given(
            side=side.side,
            watermark=min(watermark, self.at),
            lines=partial(self._lines, side, manifests),
            silence=None if manifests or _counts(side) else silence,
        )

    def _manifest(self, side: Side, one: Selection) -> extract.Manifest | None:
        part = (self.document.reconciliation, side.side, one.part)
        return stores.newest_extract(self.state, part)

    def _too_old(self, side: Side, one: extract.Manifest) -> bool:
        if side.fresh is None:
            return False
        calendar = self.calendars.get(self.document.calendar or "")
        return later(side.fresh, calendar)(one.watermark) < self.at

    def _lines(
        self, side: Side, manifests: Mapping[str, extract.Manifest]
    ) -> Iterator[Line | None]:
        for one in side.selections:
            if one.extract is not None:
                manifest = manifests.get(one.part)
                read = self._uploaded(side, one, manifest) if manifest else iter(())
            else:
                read = self._read(side, one)
            yield from self._lately(one, read)

    def _lately(self, one: Selection, lines: Iterable[Line | None]) -> Iterator[Line | None]:
        if one.last_hours is None:
            return iter(lines)
        since = to_micros(self.at - timedelta(hours=one.last_hours))
        return (line for line in lines if line is None or line.at is None or line.at > since)

    def _uploaded(
        self, side: Side, one: Selection, manifest: extract.Manifest
    ) -> Iterator[Line | None]:
        names: dict[str, str | None] = {}

        def case_of(name: str) -> str | None:
            if name not in names:
                names.update(self._cases([name]))
            return names.get(name)

        return extract.lines(
            self.document,
            one,
            io.BufferedReader(_Bytes(stores.pieces(self.state, manifest.id))),
            manifest.media_type,
            sums=side.sum,
            case_of=case_of if self._by_case else lambda name: name,
        )

    def _read(self, side: Side, one: Selection) -> Iterator[Line | None]:
        for page in _pages(self, one):
            wanted = [(ref, row) for ref, row in page if selects(one, row)]
            named = {str(row[one.case]) for _, row in wanted if one.case and row.get(one.case)}
            cases = self._cases(named) if self._by_case else {name: name for name in named}
            for ref, row in wanted:
                yield read_line(self.document, one, row, ref=ref, sums=side.sum, case_of=cases.get)

    @property
    def _by_case(self) -> bool:
        return CASE in (*self.document.key, *self.document.total_by)

    def _cases(self, names: Iterable[str]) -> dict[str, str]:
        """Return the name that each case is listed under, by any of its names."""
        found = source_stores.listed_cases(self.state, self.document.process or "", names)
        return {name: one.case_key for name, one in found.items()}


def _pages(opening: Opening, one: Selection) -> Rows:
    if one.counted is not None:
        return iter([list(_counted(opening, one))])
    return _told(opening, one) if one.told_by else _entities(opening, one)


def _entities(opening: Opening, one: Selection) -> Rows:
    """Entities of a type, by key."""
    for page in source_stores.entities(opening.state, one.entity or ""):
        yield [_row(each) for each in page]


def _row(one: Told | Entity) -> tuple[str, Mapping[str, Any]]:
    """`@key` is the key itself, `@at` when the entity was told of last."""
    own = {"@key": one.key, "@at": render_instant(one.last_at)}
    return f"{one.type}/{one.key}", {**one.state, **own}


def _told(opening: Opening, one: Selection) -> Rows:
    """Entities as the events of `told_by` alone tell of them."""
    wanted = set(one.told_by)
    for page in _entities(opening, one):
        keys = [(one.entity or "", str(row["@key"])) for _, row in page]
        touches = entity_stores.entity_touches(opening.state, keys)
        offsets = sorted({t.offset for those in touches.values() for t in those})
        events = {
            offset: event
            for offset, payload in log.payloads(opening.log, offsets).items()
            if (event := decode_event(payload)).type in wanted
        }
        data = {offset: event.data for offset, event in events.items()}
        found = []
        for (type_, key), those in sorted(touches.items()):
            told = [told_by(touch, data) for touch in those if touch.offset in events]
            if told:
                found.append(_row(fold_entity(type_, key, told)))
        yield found


def _counted(opening: Opening, one: Selection) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Count events of whole hours, by source: `source`, `window`, `until` and `count`."""
    hours = one.last_hours or 0
    found = (
        source_stores.accepted(opening.state, opening.log, at=opening.at, hours=hours)
        if one.counted == "accepted"
        else source_stores.held_back(opening.log, at=opening.at, hours=hours)
    )
    for each in found:
        window = render_instant(each.window)
        row = {
            "source": each.source,
            "window": window,
            "until": render_instant(each.window + timedelta(hours=1)),
            "count": each.events,
        }
        yield f"{each.source}/{window}", row


def _counts(side: Side) -> bool:
    return any(one.counted is not None for one in side.selections)


def _unchecked(side: Side, because: str, watermark: datetime | None = None) -> Given:
    return Given(side=side.side, unchecked=because, watermark=watermark)


class _Bytes(io.RawIOBase):
    """The pieces of an extract as a file that is read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)
