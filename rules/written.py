"""
A rule set as its author writes it down, member by member, and where each stands.

An unknown member is refused: a word that nobody reads would be a condition that nobody asks.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from rules.document import DocumentError
from rules.rule import Effective, Hit, Outcome, RowOutcome, Severity, TestCase
from rules.syntax import Place


class PatternDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    each: str | None = None
    none: str | None = None
    where: tuple[str | bool, ...] | str = ()


class MoneyDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    blocked: str | None = None
    exposure: str | None = None
    delayed: str | None = None
    delayed_since: str | None = None


class RowDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    when: tuple[str | int | bool, ...]
    outcome: RowOutcome | None = None
    severity: Severity | None = None
    reason: str | None = None
    money: MoneyDocument | None = None
    priority: int = 0


class TableDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    hit: Hit
    inputs: tuple[str, ...]
    rows: tuple[RowDocument, ...]


class RuleDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rule: str
    version: str
    title: str
    severity: Severity
    type: str
    when: tuple[PatternDocument, ...]
    outcome: Outcome
    reason: str
    question: str = ""
    rationale: str = ""
    owner: str | None = None
    next_step: str = ""
    occurrence: str | None = None
    money: MoneyDocument = MoneyDocument()
    clock: str | None = None
    effective: Effective | None = None
    applies: dict[str, tuple[str, ...] | str] = {}
    priority: int = 0
    table: TableDocument | None = None
    tests: tuple[TestCase, ...] = ()


class DerivedDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    each: str
    field: str
    is_: str = msgspec.field(name="is")


class RuleSetDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ruleset: str
    version: str
    title: str
    process: str
    rules: tuple[RuleDocument, ...]
    owner: str | None = None
    calendar: str | None = None
    derived: tuple[DerivedDocument, ...] = ()


class Places:
    """Where the texts of a document begin, quotation marks left out."""

    def __init__(self, text: str, positions: Mapping[str, tuple[int, int]]) -> None:
        self._lines = text.splitlines()
        self._positions = positions

    def of(self, pointer: str) -> Place:
        while pointer and pointer not in self._positions:
            pointer = pointer.rpartition("/")[0]
        line, column = self._positions.get(pointer, (0, 0))
        if 0 < line <= len(self._lines):
            first = self._lines[line - 1][column - 1 : column]
            column += first in ("'", '"')
        return Place(line=line, column=column)

    def error(self, pointer: str, message: str) -> DocumentError:
        place = self.of(pointer)
        return DocumentError(message, line=place.line, column=place.column, pointer=pointer)


def placed(read: Any, text: str, pointer: str, places: Places) -> Any:
    try:
        return read(text, places.of(pointer))
    except DocumentError as error:
        raise DocumentError(
            error.message, line=error.line, column=error.column, pointer=pointer
        ) from error
