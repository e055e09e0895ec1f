"""
Facts as the engine may see them: the properties that rules use, as whole numbers.

What cannot be shown exactly is reported, so that the rules that use it are not asked.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from rules import syntax
from rules.decision import Fact, Value
from rules.engine.rule import ELEMENT, KIND, NOUGHT, ORDINAL, UNIT, Ref
from rules.engine.scaling import LARGEST, InexactError, exact, whole
from rules.engine.sharding import Shard, Showing
from rules.engine.vocabulary import NO_TYPE, SELF, Property, reader
from rules.evaluation import Bound
from rules.money import Money

Wanted = Mapping[int, AbstractSet[int]]
"""The positions of the facts that a shard is to look at, by the code of their kind."""


Row = dict[str, int | str]
_WORKED_OUT = object()


class _Column:
    """Shows one property of each fact of its type."""

    def __init__(self, property_: Property) -> None:
        self.index = property_.index
        self.scale = property_.scale
        self.value, self.known = property_.value, property_.known
        self.fields = property_.fields
        self.parts = tuple((one.factor, reader(one.term)) for one in property_.parts)
        (part, *others) = property_.parts
        alone = part.factor == 1 and not others
        self.only = self.parts[0][1] if alone else None
        self.field = part.term.field if alone and isinstance(part.term, syntax.Field) else None
        self.counts = self.scale == 0


def _whole(value: Value, scale: int) -> int:
    """A list has no number of its own: it is known, and looked at text by text."""
    return 0 if isinstance(value, list) else whole(value, scale)


class Projection:
    """How the facts of a compiled rule set are shown; *texts* are the literals' numbers."""

    def __init__(self, properties: Sequence[Property], texts: Mapping[str, int]) -> None:
        self._texts = texts
        self._columns: dict[str, list[_Column]] = defaultdict(list)
        for one in properties:
            self._columns[one.fact_type].append(_Column(one))

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
        return Shown(facts, types, self._texts, self._columns, unreadable)


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
        columns: Mapping[str, Sequence[_Column]],
        unreadable: frozenset[tuple[int, str]],
    ) -> None:
        self._facts = facts
        self._literals = texts
        self._texts: dict[str, int] = {}
        self._unreadable = unreadable
        self.inexact: dict[int, str] = {}
        self._largest: dict[int, int] = {}
        self.types = types
        self.cells: list[dict[str, int]] = []
        for position, fact in enumerate(facts):
            self.cells.append(self._row(position, fact, columns.get(fact.type, ())))

    def _row(self, position: int, fact: Fact, columns: Sequence[_Column]) -> dict[str, int]:
        cells = {ORDINAL: position + 1, NOUGHT: 0, UNIT: 1}
        values, texts = fact.values, self._literals
        bound = {SELF: values}
        for column in columns:
            number = None
            if not self._unreadable or not self._hides(position, column):
                value = values.get(column.field) if column.field is not None else _WORKED_OUT
                if type(value) is str:  # the commonest, without a detour
                    number = texts.get(value) or self._text(value)
                elif type(value) is int and column.counts and -LARGEST < value < LARGEST:
                    number = value
                elif value is not None:
                    number = self._exactly(column, bound, fact)
            cells[column.known] = 0 if number is None else 1
            cells[column.value] = number or 0
        return cells

    def _exactly(self, column: _Column, bound: Bound, fact: Fact) -> int | None:
        try:
            return self._number(column, bound)
        except InexactError as error:
            named = ", ".join(dict.fromkeys(column.fields))
            self.inexact[column.index] = f"{fact.type} {fact.id}: {named}: {error}"
            return None

    def _hides(self, position: int, column: _Column) -> bool:
        return any((position, field) in self._unreadable for field in column.fields)

    def _number(self, column: _Column, bound: Bound) -> int | None:
        """Return the column's number, None when it is not known; `InexactError` may be raised."""
        if column.only is None:
            return self._sum(column, bound)
        value = column.only(bound)
        if type(value) is str:
            return self._text(value)
        return None if value is None else _whole(value, column.scale)

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

    def facts(self, shard: Shard, wanted: Wanted) -> Iterator[tuple[int, Row]]:
        """Yield (position, properties) of the facts that *shard* is to look at, shadows first."""
        for showing in shard.showings:
            if showing.kind == NO_TYPE:
                yield -1, {KIND: showing.code, NOUGHT: 0}
            for position in sorted(wanted.get(showing.code, ())):
                for row in self._rows(position, showing):
                    yield position, row

    def _rows(self, position: int, showing: Showing) -> Iterator[Row]:
        cells = self.cells[position]
        row: Row = {key: cells[key] for key in showing.keys}
        row[KIND] = showing.code
        field = showing.kind.each_of
        if field is None:
            yield row
            return
        texts = self._facts[position].values.get(field)
        if isinstance(texts, list) and (position, field) not in self._unreadable:
            for number in dict.fromkeys(self._text(str(one)) for one in texts):
                yield {**row, ELEMENT: number}
