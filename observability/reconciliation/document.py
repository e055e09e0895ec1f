"""
A reconciliation says which lines of which systems are to be equal, and by how much they may differ.

It is a governed document. The first side is the book that the others are held against.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Literal

import msgspec

from observability.importing.cell import Cell
from observability.reconciliation.length import Length
from rules.document import DocumentError, convert, read_yaml

CENT = Decimal("0.01")
MONEY_PERCENT = Decimal("0.1")
CASE = "@case"  # the case of a line, under whichever of its names the line names it
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_LEAST = 2
Scalar = str | int | bool
Flaw = tuple[str, str]
"""(JSON Pointer, what is wrong there)"""


class Field(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a side keeps a field; `words` translates what it says there."""

    field: str
    words: dict[str, str] = {}


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an uploaded extract is written; a column that is not named is called as its field is."""

    columns: dict[str, Cell] = {}
    delimiter: str = ","
    decimal: Literal[".", ","] = "."


class Selection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Lines of a side: entities of a type, an uploaded extract, or events as they were `counted`
    here, by source and hour.

    `told_by` are event types: the entity is what these alone say of it. `where`, `has` and
    `lacks` narrow it by its fields, `last_hours` to what came about so lately. `at` is the field
    that says when the line came about, `case` the one that names its case. `line` are the
    fields by which a line of a sum is known: the same line twice is a duplicate. What is
    `subtract`ed counts against; what is `optional` may not have been uploaded.
    """

    part: str = ""
    entity: str | None = None
    extract: Form | None = None
    counted: Literal["accepted", "quarantined"] | None = None
    told_by: tuple[str, ...] = ()
    where: dict[str, Scalar | tuple[Scalar, ...]] = {}
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    fields: dict[str, str | Field] = {}
    at: str | None = None
    last_hours: int | None = None
    case: str | None = None
    line: tuple[str, ...] = ()
    subtract: bool = False
    optional: bool = False


class Side(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One system's word. `compare` narrows what is compared to what it knows, if only that a line
    is there; the lines of a key
    are added up where it is a `sum`; a `partial` side does not hold every line. An extract
    older than `fresh` is not looked at.
    """

    side: str
    title: str
    selections: tuple[Selection, ...] = msgspec.field(name="from")
    sum: bool = False
    partial: bool = False
    compare: tuple[str, ...] | None = None
    fresh: Length | None = None
    owner: str | None = None


class Comparison(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two amounts are equal within the larger of `tolerance` and `percent` of the book's."""

    field: str
    kind: Literal["text", "number", "money"] = "text"
    tolerance: Decimal | None = None
    percent: Decimal | None = None

    @property
    def allowed(self) -> Decimal:
        return CENT if self.tolerance is None else self.tolerance

    @property
    def allowed_percent(self) -> Decimal:
        if self.percent is not None:
            return self.percent
        given = self.kind != "money" or self.tolerance is not None
        return Decimal() if given else MONEY_PERCENT


class Reconciliation(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True
):
    """
    `money` is the field that says what hangs on a line; `total_by` groups the control totals.
    `grace`, or the promise that `grace_sla` names, is how long a difference may be on its way.
    """

    reconciliation: str
    version: str
    title: str
    owner: str
    key: tuple[str, ...]
    sides: tuple[Side, ...]
    description: str = ""
    severity: Literal["critical", "high", "medium", "low"] = "high"
    process: str | None = None
    compare: tuple[Comparison, ...] = ()
    total_by: tuple[str, ...] = ()
    money: str | None = None
    absent: Literal["missing", "zero"] = "missing"
    grace: Length | None = None
    grace_sla: str | None = None
    calendar: str | None = None
    every: Length | None = None

    @property
    def book(self) -> Side:
        return self.sides[0]

    @property
    def others(self) -> tuple[Side, ...]:
        return self.sides[1:]

    @cached_property
    def by_side(self) -> dict[str, Side]:
        return {one.side: one for one in self.sides}

    def compared(self, side: Side) -> tuple[int, ...]:
        """Return the places in `compare` of what *side* is held to."""
        return tuple(
            place
            for place, one in enumerate(self.compare)
            if side.compare is None or one.field in side.compare
        )


def read_reconciliation(text: str | bytes) -> Reconciliation:
    """Return the reconciliation of YAML *text*; raise `DocumentError` where it makes no sense."""
    data, positions = read_yaml(text)
    document = convert(data, Reconciliation, positions)
    for pointer, message in _flaws(document):
        line, column = positions.get(pointer, (0, 0))
        raise DocumentError(message, line=line, column=column, pointer=pointer)
    return document


def _flaws(document: Reconciliation) -> Iterator[Flaw]:
    yield from _head(document)
    yield from _times(document)
    yield from _comparisons(document)
    for place, side in enumerate(document.sides):
        yield from _side(document, side, f"/sides/{place}")


def _head(document: Reconciliation) -> Iterator[Flaw]:
    named = {"reconciliation": document.reconciliation, "owner": document.owner}
    for member, name in named.items():
        if not _KEBAB.fullmatch(name):
            yield f"/{member}", f"{name!r} is no kebab-case name such as expenses-to-erp"
    if not _VERSION.fullmatch(document.version):
        yield "/version", f"{document.version!r} is no version such as 1.0.0"
    if not document.key:
        yield "/key", "name the fields by which two lines are the same"
    if len(document.sides) < _LEAST:
        yield "/sides", "a reconciliation has two sides or more"
    if len({one.side for one in document.sides}) < len(document.sides):
        yield "/sides", "two sides have one name"


def _times(document: Reconciliation) -> Iterator[Flaw]:
    if document.grace is not None and document.grace_sla is not None:
        yield "/grace", "give a grace or the promise that says how long it is, not both"
    for member, target in (("grace", document.grace), ("every", document.every)):
        if target is not None:
            yield from _target(target, document.calendar, f"/{member}")


def _target(target: Length, calendar: str | None, pointer: str) -> Iterator[Flaw]:
    values = list(target.given.values())
    if len(values) != 1 or values[0] <= 0:
        yield pointer, "give exactly one of business_hours, business_days, hours, minutes"
    elif target.on_calendar and calendar is None:
        yield pointer, "business time is counted on a calendar; name one"


def _comparisons(document: Reconciliation) -> Iterator[Flaw]:
    fields = [one.field for one in document.compare]
    for place, one in enumerate(document.compare):
        if one.field in fields[:place] or one.field in document.key:
            yield f"/compare/{place}", f"{one.field!r} is compared already"
        allowed = (one.allowed, one.allowed_percent)
        if not all(value.is_finite() and value >= 0 for value in allowed):
            yield f"/compare/{place}", "a tolerance is zero or more"
        if one.kind == "text" and any(side.sum for side in document.sides):
            yield f"/compare/{place}", f"{one.field!r} is text: lines that are added up have none"
    if document.absent == "zero" and (
        not fields or any(c.kind == "text" for c in document.compare)
    ):
        yield "/absent", "nothing stands for zero only where amounts alone are compared"


def _side(document: Reconciliation, side: Side, pointer: str) -> Iterator[Flaw]:
    if not _KEBAB.fullmatch(side.side):
        yield f"{pointer}/side", f"{side.side!r} is no kebab-case name such as erp"
    if not side.selections:
        yield f"{pointer}/from", "say where the lines of the side come from"
    parts = [one.part for one in side.selections]
    if len(set(parts)) < len(parts):
        yield f"{pointer}/from", "several selections are told apart by their `part`"
    for name in side.compare or ():
        if all(one.field != name for one in document.compare):
            yield f"{pointer}/compare", f"{name!r} is not compared at all"
    if side.fresh is not None:
        yield from _target(side.fresh, document.calendar, f"{pointer}/fresh")
    for place, one in enumerate(side.selections):
        yield from _selection(document, side, one, f"{pointer}/from/{place}")


def _selection(
    document: Reconciliation, side: Side, one: Selection, pointer: str
) -> Iterator[Flaw]:
    if sum(given is not None for given in (one.entity, one.extract, one.counted)) != 1:
        yield pointer, "lines come from an `entity`, an `extract`, or are `counted`"
    if one.part and not _KEBAB.fullmatch(one.part):
        yield f"{pointer}/part", f"{one.part!r} is no kebab-case name such as billed"
    if (one.line or one.subtract) and not side.sum:
        yield pointer, "only lines of a `sum` are subtracted, or known by more than their key"
    if one.last_hours is not None and (one.at is None or one.last_hours < 1):
        yield f"{pointer}/last_hours", "at least 1, of lines that say `at` when they came about"
    if one.counted is not None and one.last_hours is None:
        yield f"{pointer}/counted", "events are counted of the `last_hours`"
    if one.optional and one.extract is None:
        yield f"{pointer}/optional", "only an extract may be absent"
    if CASE in document.key and (one.case is None or document.process is None):
        yield pointer, "the key is the case: name the `process`, and here the field `case`"
