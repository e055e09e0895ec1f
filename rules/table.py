"""
The rows of a decision table are rules: the conditions of the table's own, and of their cells.

A cell is `-` (anything), a value, a comparison (`> 5`), a choice (`in [a, b]`), `between 1 and 8`,
`exists` or `missing`. What a row does not say, the rule says.
"""

import re
from collections.abc import Iterator

import msgspec

from rules import syntax
from rules.document import DocumentError
from rules.expression import read_condition, read_term
from rules.rule import MoneyClause, Pattern, Row, Rule, Table
from rules.syntax import Condition, Place, Term
from rules.template import read_template
from rules.written import MoneyDocument, Places, RowDocument, TableDocument, placed

MAX_ROWS = 200
_COMPARES = re.compile(r"(==|!=|<=|>=|<|>|(not\s+)?in\b)")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_BETWEEN = re.compile(r"between\s+(.+?)\s+and\s+(.+)")
_LITERALS = ("true", "false")


def read_table(document: TableDocument, pointer: str, places: Places) -> Table:
    """Return the table that *document* writes down; raise `DocumentError` at what is amiss."""
    if not document.inputs or not document.rows:
        raise places.error(pointer, "a table has at least one input and one row")
    if len(document.rows) > MAX_ROWS:
        raise places.error(f"{pointer}/rows", f"a table has at most {MAX_ROWS} rows; split it")
    inputs = tuple(
        placed(read_term, text, f"{pointer}/inputs/{number}", places)
        for number, text in enumerate(document.inputs)
    )
    rows = tuple(
        _row(one, document.inputs, f"{pointer}/rows/{number}", places)
        for number, one in enumerate(document.rows)
    )
    return Table(
        hit=document.hit, inputs=inputs, rows=rows, pointer=pointer, place=places.of(pointer)
    )


def _row(document: RowDocument, inputs: tuple[str, ...], pointer: str, places: Places) -> Row:
    if len(document.when) != len(inputs):
        raise places.error(
            f"{pointer}/when",
            f"this row has {len(document.when)} cells for {len(inputs)} inputs; "
            "write - where anything will do",
        )
    cells = tuple(
        _cell(column, cell, f"{pointer}/when/{number}", places)
        for number, (column, cell) in enumerate(zip(inputs, document.when, strict=True))
    )
    reason = document.reason
    return Row(
        cells=cells,
        outcome=document.outcome,
        severity=document.severity,
        reason=placed(read_template, reason, f"{pointer}/reason", places) if reason else None,
        money=read_money_clause(document.money, f"{pointer}/money", places)
        if document.money
        else None,
        priority=document.priority,
        pointer=pointer,
        place=places.of(pointer),
    )


def _cell(column: str, cell: str | int | bool, pointer: str, places: Places) -> Condition | None:  # noqa: FBT001 - a cell may say yes
    text = str(cell).lower() if isinstance(cell, bool) else str(cell).strip()
    if text == "-":
        return None
    before, written = _written(column, text)
    place = places.of(pointer)
    start = Place(line=place.line, column=place.column - before)
    try:
        return read_condition(written, start)
    except DocumentError as error:
        message = f"the cell {text!r} of {column}: {error.message}"
        raise DocumentError(
            message, line=error.line, column=max(error.column, place.column), pointer=pointer
        ) from error


def _written(column: str, text: str) -> tuple[int, str]:
    """Return the cell as a condition, and how much stands before its own text."""
    ranged = _BETWEEN.fullmatch(text)
    if ranged is not None:
        return 0, f"between({column}, {ranged[1]}, {ranged[2]})"
    if text in ("exists", "missing"):
        return 0, f"{text}({column})"
    if _COMPARES.match(text):
        return len(column) + 1, f"{column} {text}"
    if _WORD.fullmatch(text) and text not in _LITERALS:
        return 0, f'{column} == "{text}"'
    return len(column) + 4, f"{column} == {text}"


def read_money_clause(document: MoneyDocument, pointer: str, places: Places) -> MoneyClause:
    def term(member: str, text: str | None) -> Term | None:
        return placed(read_term, text, f"{pointer}/{member}", places) if text else None

    return MoneyClause(
        blocked=term("blocked", document.blocked),
        exposure=term("exposure", document.exposure),
        delayed=term("delayed", document.delayed),
        delayed_since=term("delayed_since", document.delayed_since),
    )


def rows_of(rule: Rule) -> Iterator[Rule]:
    """Yield a rule for each row of the table of *rule*; a rule without one is its own."""
    if rule.table is None:
        yield rule
        return
    for number, row in enumerate(rule.table.rows, start=1):
        yield msgspec.structs.replace(
            rule,
            row=number,
            when=_with_cells(rule.when, row),
            outcome=row.outcome or rule.outcome,
            severity=row.severity or rule.severity,
            reason=row.reason or rule.reason,
            money=row.money or rule.money,
        )


def _with_cells(when: tuple[Pattern, ...], row: Row) -> tuple[Pattern, ...]:
    """A cell is asked of the pattern that binds the last of the names that it speaks of."""
    patterns = list(when)
    bound = {one.name: at for at, one in enumerate(when) if not one.negated}
    for cell in row.cells:
        if cell is not None:
            fields = (f for atom in syntax.atoms(cell) for f in syntax.fields_of_atom(atom))
            at = max((bound.get(one.name, 0) for one in fields), default=0)
            one = patterns[at]
            patterns[at] = msgspec.structs.replace(one, where=(*one.where, cell))
    return tuple(patterns)
