"""
Facts as the engine may see them: the properties that rules use, as whole numbers.

What cannot be shown exactly is reported, so that the rules that use it are not asked.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import cast

from rules import syntax
from rules.decision import Fact, Value
from rules.engine.rule import ELEMENT, NOUGHT, ORDINAL, UNIT, Ref
from rules.engine.scaling import LARGEST, InexactError, exact, stepped, whole
from rules.engine.sharding import Shard
from rules.engine.vocabulary import NO_TYPE, SELF, Property, reader
from rules.evaluation import Bound, Values
from rules.inlining import defined
from rules.money import Money

Wanted = Mapping[int, Sequence[int]]
"""The positions of the facts that a shard is to look at, by the code of their kind; in order."""


Cells = Mapping[str, int]
_Write = Callable[..., dict[str, int]]


class _Column:
    """Shows one property of each fact of its type."""

    def __init__(self, property_: Property) -> None:
        self.index = property_.index
        self.scale, self.stepped = property_.scale, property_.stepped
        self.value, self.known = property_.value, property_.known
        self.fields = property_.fields
        self.parts = tuple((one.factor, reader(one.term)) for one in property_.parts)
        (part, *others) = property_.parts
        alone = part.factor == 1 and not others
        self.only = self.parts[0][1] if alone else None
        self.field = part.term.field if alone and isinstance(part.term, syntax.Field) else None

    def source(self, name: str, n: str) -> Iterator[str]:
        """Yield how the number *n* of the column *name* is come by: of most data at once."""
        exactly = f"{n} = exactly({name}, position, values)"
        if self.field is None:
            yield exactly
            return
        yield f"v = values.get({self.field!r})"
        yield f"if v is None: {n} = None"
        yield f"elif type(v) is str: {n} = literals.get(v) or text(v)"
        if self.scale == 0:
            yield f"elif type(v) is int and {-LARGEST} < v < {LARGEST}: {n} = v"
        yield f"else: {exactly}"


def _write(columns: Sequence[_Column], literals: Mapping[str, int]) -> _Write:
    """Return the function that writes down the properties of one fact."""
    constants: dict[str, object] = {"literals": literals}
    cells = [f"{ORDINAL!r}: position + 1, {NOUGHT!r}: 0, {UNIT!r}: 1"]
    lines: list[str] = []
    for number, column in enumerate(columns):
        constants[f"k{number}"] = column
        lines += column.source(f"k{number}", f"n{number}")
        known = f"0 if n{number} is None else 1"
        cells.append(f"{column.known!r}: {known}, {column.value!r}: n{number} or 0")
    body = "\n    ".join([*lines, f"return {{{', '.join(cells)}}}"])
    made: _Write = defined(f"def write(position, values, text, exactly):\n    {body}", constants)
    return made


def _whole(value: Value, scale: int) -> int:
    """A list has no number of its own: it is known, and looked at text by text."""
    return 0 if isinstance(value, list) else whole(value, scale)


class Projection:
    """How the facts of a compiled rule set are shown; *texts* are the literals' numbers."""

    def __init__(self, properties: Sequence[Property], texts: Mapping[str, int]) -> None:
        self._texts = texts
        columns: dict[str, list[_Column]] = defaultdict(list)
        for one in properties:
            columns[one.fact_type].append(_Column(one))
        self._write = {name: _write(those, texts) for name, those in columns.items()}
        self._plain = _write((), texts)

    def show(
        self,
        facts: Sequence[Fact],
        types: Mapping[str, Sequence[int]],
        unreadable: frozenset[tuple[int, str]],
    ) -> "Shown":
        """
        Return *facts*, whose positions by type are *types*, for the engine.

        The (position, field) that are *unreadable* are left out.
        """
        shown = Shown(facts, types, self._texts, unreadable)
        for name, positions in types.items():
            shown.take(positions, self._write.get(name, self._plain))
        return shown


_NO_FACT: Cells = {NOUGHT: 0}
_NO_CELLS: Cells = {}


class Shown:
    """
    The facts of one decision.

    `types` are their positions by type, `cells` the properties of each. `inexact` says, by
    property, what could not be shown; `largest` bounds what was.
    """

    def __init__(
        self,
        facts: Sequence[Fact],
        types: Mapping[str, Sequence[int]],
        texts: Mapping[str, int],
        unreadable: frozenset[tuple[int, str]],
    ) -> None:
        self._facts = facts
        self._literals = texts
        self._texts: dict[str, int] = {}
        self._unreadable = unreadable
        self.inexact: dict[int, str] = {}
        self._largest: dict[int, int] = {}
        self.types = types
        self.cells: list[Cells] = [_NO_CELLS] * len(facts)

    def take(self, positions: Sequence[int], write: _Write) -> None:
        """Write down the properties of facts."""
        text, exactly = self._text, self._exactly
        for at in positions:
            self.cells[at] = write(at, self._readable(at), text, exactly)

    def _readable(self, position: int) -> Values:
        values = self._facts[position].values
        if not self._unreadable:
            return values
        return {k: v for k, v in values.items() if (position, k) not in self._unreadable}

    def _exactly(self, column: _Column, position: int, values: Values) -> int | None:
        try:
            return self._number(column, {SELF: values})
        except InexactError as error:
            fact = self._facts[position]
            named = ", ".join(dict.fromkeys(column.fields))
            self.inexact[column.index] = f"{fact.type} {fact.id}: {named}: {error}"
            return None

    def _number(self, column: _Column, bound: Bound) -> int | None:
        """Return the column's number, None when it is not known; `InexactError` may be raised."""
        if column.only is None:
            return self._sum(column, bound)
        value = column.only(bound)
        if type(value) is str:
            return self._text(value)
        if value is None or not column.stepped:
            return None if value is None else _whole(value, column.scale)
        return stepped(cast("Decimal", value), column.scale)

    def _sum(self, column: _Column, bound: Bound) -> int | None:
        values = [(factor, read(bound)) for factor, read in column.parts]
        codes = {value.currency for _, value in values if type(value) is Money}
        if len(codes) > 1:
            return None
        number = 0
        for factor, value in values:
            if value is None:
                return None
            number += factor * _whole(value, column.scale)
        return exact(number)

    def _text(self, text: str) -> int:
        known = self._literals.get(text)
        if known is not None:
            return known
        return self._texts.setdefault(text, len(self._literals) + len(self._texts) + 1)

    def largest(self, ref: Ref) -> int:
        """Return the largest number, without its sign, that *ref* can stand for here."""
        known = self._largest.get(ref.of.index)
        if known is None:
            key = ref.of.value
            numbers = (abs(self.cells[at][key]) for at in self.of_type(ref.of.fact_type))
            known = self._largest[ref.of.index] = max(numbers, default=0)
        return known

    def of_type(self, name: str) -> Sequence[int]:
        """Return the positions of the facts of the type *name*."""
        return self.types.get(name, ())

    def facts(self, shard: Shard, wanted: Wanted) -> tuple[list[int], list[str]]:
        """
        Return the facts that *shard* is to look at, shadows first: their positions, and as JSON.

        The id of each is its place among them.
        """
        positions: list[int] = []
        written: list[str] = []
        for showing in shard.showings:
            write = showing.write
            if showing.kind == NO_TYPE:
                positions.append(-1)
                written.append(write(_NO_FACT, len(written)))
            for position in wanted.get(showing.code, ()):
                for cells in self._cells(position, showing.kind.each_of):
                    positions.append(position)
                    written.append(write(cells, len(written)))
        return positions, written

    def _cells(self, position: int, each_of: str | None) -> Iterable[Cells]:
        """Return the properties of the fact, once for each of the texts in its field *each_of*."""
        cells = self.cells[position]
        if each_of is None:
            return (cells,)
        texts = self._readable(position).get(each_of)
        if not isinstance(texts, list):
            return ()
        numbers = dict.fromkeys(self._text(str(one)) for one in texts)
        return [{**cells, ELEMENT: number} for number in numbers]
