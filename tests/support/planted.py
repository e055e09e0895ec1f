"""
Books that agree by any reconciliation, made from its document, and breaks planted in them.

A seed gives the same books and the same breaks; what was planted is said beside them.
"""

import csv
import io
import random
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from observability.reconciliation.document import (
    CASE,
    Comparison,
    Field,
    Form,
    Reconciliation,
    Selection,
    Side,
)
from observability.reconciliation.extract import CSV, lines
from observability.reconciliation.finding import Finding
from observability.reconciliation.line import Line, read_line, selects
from observability.reconciliation.reconciling import Given, reconcile

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=3)
JUST_NOW = NOW - timedelta(seconds=1)
KEYS = 40
Row = dict[str, Any]
Expected = set[tuple[str, str, str]]


def by_events(document: Reconciliation) -> Reconciliation:
    """Return *document* with every side told by events."""
    return _told(document, lambda one: replace(one, extract=None, entity="row", counted=None))


def by_extracts(document: Reconciliation) -> Reconciliation:
    """Return *document* with every side uploaded."""
    form = Form()
    alike = {"entity": None, "counted": None, "told_by": (), "where": {}, "has": (), "lacks": ()}
    return _told(document, lambda one: replace(one, extract=one.extract or form, **alike))


def _told(document: Reconciliation, changed: Callable[[Selection], Selection]) -> Reconciliation:
    sides = tuple(
        replace(side, selections=tuple(changed(one) for one in side.selections))
        for side in document.sides
    )
    return replace(document, sides=sides)


class Books:
    """`rows` are by side and part; `expected` is (kind, side, key) of what was planted."""

    def __init__(self, document: Reconciliation, seed: int) -> None:
        self.document = document
        self.random = random.Random(f"{document.reconciliation}-{seed}")
        self.rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self.expected: Expected = set()
        for number in range(KEYS):
            self._agreeing(number)
        self._number = KEYS
        for side in document.others:
            self._plant(side)

    def _plant(self, side: Side) -> None:
        book = self.document.book
        if not side.partial:
            self._note("missing", side.side, self._agreeing(self._next(), without=side.side))
            if self._timed(book):
                late = self._agreeing(self._next(), without=side.side, at=JUST_NOW)
                self._note("timing", side.side, late)
        missed = self._next()
        self._note("missing", book.side, self._agreeing(missed, without=book.side))
        if self._timed(side) and (self.document.others == (side,) or not side.partial):
            late = self._agreeing(self._next(), without=book.side, at=JUST_NOW)
            self._note("timing", book.side, late)
        if self.document.compared(side):
            self._note("value", side.side, self._agreeing(self._next(), other=side.side))
            if self._timed(book) or self._timed(side):
                late = self._agreeing(self._next(), other=side.side, at=JUST_NOW)
                self._note("timing", side.side, late)
        for one in (book, side):
            if not one.sum or any(selection.line for selection in one.selections):
                self._note("duplicate", one.side, self._agreeing(self._next(), twice=one.side))

    def _note(self, kind: str, side: str, name: str) -> None:
        self.expected.add((kind, side, name))

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _timed(self, side: Side) -> bool:
        return all(one.at is not None for one in side.selections)

    def _agreeing(
        self,
        number: int,
        *,
        without: str = "",
        other: str = "",
        twice: str = "",
        at: datetime = LONG_AGO,
    ) -> str:
        """Put a key into every side but *without*; *other* says something else of it."""
        key = {name: f"{name.strip('@')}-{number:04d}" for name in self.document.key}
        values = {one.field: self._value(one) for one in self.document.compare}
        for side in self.document.sides:
            if side.side == without:
                continue
            said = self._changed(side, values) if side.side == other else values
            self._put(side, key, said, at, twice=side.side == twice)
        return " / ".join(key.values())

    def _value(self, one: Comparison) -> Any:
        cents = Decimal(self.random.randrange(1_000, 900_000)) / 100
        if one.kind == "money":
            return {"amount": f"{cents}", "currency": self.random.choice(["EUR", "GBP"])}
        if one.kind == "number":
            return f"{cents}"
        known = self._words(one.field)
        return self.random.choice(known) if known else f"word-{self.random.randrange(9)}"

    def _words(self, field: str) -> list[str]:
        said = [
            set(kept.words.values())
            for side in self.document.sides
            for one in side.selections
            if isinstance(kept := one.fields.get(field), Field)
        ]
        return sorted(set.union(*said)) if said else []

    def _changed(self, side: Side, values: Row) -> Row:
        """Return *values* with one that *side* is held to changed beyond any tolerance."""
        place = self.random.choice(self.document.compared(side))
        one = self.document.compare[place]
        value = values[one.field]
        if one.kind == "money":
            changed: Any = {**value, "amount": f"{Decimal(value['amount']) * 2 + 7}"}
        else:
            changed = f"{Decimal(value) + 7}" if one.kind == "number" else "something else"
        return {**values, one.field: changed}

    def _put(self, side: Side, key: Row, values: Row, at: datetime, *, twice: bool) -> None:
        shares = self._shares(side, values)
        for place, (selection, said) in enumerate(shares):
            row = self._row(selection, key, said, at)
            rows = self.rows[side.side, selection.part]
            repeated = twice and place == 0
            rows += [row, dict(row)] if repeated else [row]

    def _shares(self, side: Side, values: Row) -> list[tuple[Selection, Row]]:
        """Divide amounts over the parts of a sum; what one part subtracts another has more."""
        plus = [one for one in side.selections if not one.subtract]
        minus = [one for one in side.selections if one.subtract]
        if not side.sum or len(side.selections) == 1:
            return [(plus[0], values)]
        part = Decimal(self.random.randrange(100, 900))
        if minus:
            taken = self.random.choice(minus)
            return [(plus[-1], _moved(values, part)), (taken, _only(values, part))]
        other = self.random.choice(plus[1:])
        return [(plus[0], _moved(values, -part)), (other, _only(values, part))]

    def _row(self, selection: Selection, key: Row, values: Row, at: datetime) -> Row:
        row: Row = {}
        for name, value in {**key, **values}.items():
            if name == CASE:
                continue
            kept = selection.fields.get(name, name)
            if isinstance(kept, Field):
                words = {said: word for word, said in kept.words.items()}
                row[kept.field] = words.get(value, value)
            else:
                row[kept] = value
        for name in selection.line:
            row.setdefault(name, f"L-{self.random.getrandbits(48)}")
        for name in selection.has:
            row.setdefault(name, at.isoformat())
        row |= {name: w[0] if isinstance(w, tuple) else w for name, w in selection.where.items()}
        if selection.at:
            row[selection.at] = at.isoformat()
        if selection.case and CASE in key:
            row[selection.case] = key[CASE]
        return row


def _moved(values: Row, by: Decimal) -> Row:
    return {name: _amount(value, lambda amount: amount + by) for name, value in values.items()}


def _only(values: Row, part: Decimal) -> Row:
    return {name: _amount(value, lambda _: part) for name, value in values.items()}


def _amount(value: Any, change: Any) -> Any:
    if isinstance(value, dict):
        return {**value, "amount": f"{change(Decimal(value['amount']))}"}
    return f"{change(Decimal(value))}"


def held(books: Books, folder: Path) -> Finding:
    """Return what the reconciliation finds in *books*."""
    document = books.document
    sides = [
        Given(side=side.side, watermark=NOW, lines=lambda side=side: _lines(books, side))
        for side in document.sides
    ]
    return reconcile(document, sides, folder, grace=lambda since: since + timedelta(hours=1))


def _lines(books: Books, side: Side) -> list[Line | None]:
    found: list[Line | None] = []
    for one in side.selections:
        rows = books.rows[side.side, one.part]
        books.random.shuffle(rows)
        if one.extract is not None and rows:
            file = io.BytesIO(_csv(rows))
            found += lines(books.document, one, file, CSV, sums=side.sum)
        elif one.extract is None:
            assert all(selects(one, row) for row in rows)
            found += [
                read_line(books.document, one, row, ref=str(place), sums=side.sum)
                for place, row in enumerate(rows)
            ]
    return found


def _csv(rows: list[Row]) -> bytes:
    flat = [
        dict(pair for name, value in row.items() for pair in _cells(name, value)) for row in rows
    ]
    text = io.StringIO()
    table = csv.DictWriter(text, fieldnames=list(dict.fromkeys(n for row in flat for n in row)))
    table.writeheader()
    table.writerows(flat)
    return text.getvalue().encode()


def _cells(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [(name, value["amount"]), (f"{name}_currency", value["currency"])]
    return [(name, str(value))]
