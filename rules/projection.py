"""
Facts as the engine may see them: the properties that rules use, as whole numbers.

What cannot be shown exactly is reported, so that the rules that use it are not asked.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from rules.decision import Fact, Value
from rules.enginerule import ELEMENT, KIND, NOUGHT, ORDINAL, UNIT, Ref
from rules.evaluation import Bound
from rules.money import Money
from rules.scaling import InexactError, exact, whole
from rules.sharding import Shard, Showing
from rules.vocabulary import NO_TYPE, SELF, Property, reader

Wanted = Mapping[int, AbstractSet[int]]
"""The positions of the facts that a shard is to look at, by the code of their kind."""


class _Column:
    """Shows one property of each fact of its type."""

    def __init__(self, property_: Property) -> None:
        self.index = property_.index
        self.scale = property_.scale
        self.value, self.known = property_.value, property_.known
        self.fields = property_.fields
        self.parts = tuple((one.factor, reader(one.term)) for one in property_.parts)
        (factor, read), *others = self.parts
        self.only = read if factor == 1 and not others else None


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

    def show(self, facts: Sequence[Fact], unreadable: frozenset[tuple[int, str]]) -> "Shown":
        """Return *facts* for the engine, without the (position, field) that are unreadable."""
        return Shown(facts, self._texts, self._columns, unreadable)


class Shown:
    """
    The facts of one decision.

    `cells` are the properties of each; `inexact` says, by property, what could not be shown;
    `largest` bounds what was.
    """

    def __init__(
        self,
        facts: Sequence[Fact],
        texts: Mapping[str, int],
        columns: Mapping[str, Sequence[_Column]],
        unreadable: frozenset[tuple[int, str]],
    ) -> None:
        self._facts = facts
        self._literals = texts
        self._texts: dict[str, int] = {}
        self._unreadable = unreadable
        self.inexact: dict[int, str] = {}
        self._largest: dict[int, int] = defaultdict(int)
        self._by_type: dict[str, list[int]] = defaultdict(list)
        self.cells: list[dict[str, int]] = []
        for position, fact in enumerate(facts):
            self._by_type[fact.type].append(position)
            self.cells.append(self._row(position, fact, columns.get(fact.type, ())))

    def _row(self, position: int, fact: Fact, columns: Sequence[_Column]) -> dict[str, int]:
        cells: dict[str, int] = {}
        bound = {SELF: fact.values}
        for column in columns:
            number = None
            if not self._unreadable or not self._hides(position, column):
                try:
                    number = self._number(column, bound)
                except InexactError as error:
                    named = ", ".join(dict.fromkeys(column.fields))
                    self.inexact[column.index] = f"{fact.type} {fact.id}: {named}: {error}"
            cells[column.known] = 0 if number is None else 1
            cells[column.value] = number or 0
        return cells

    def _hides(self, position: int, column: _Column) -> bool:
        return any((position, field) in self._unreadable for field in column.fields)

    def _number(self, column: _Column, bound: Bound) -> int | None:
        """Return the column's number, None when it is not known; `InexactError` may be raised."""
        if column.only is None:
            number = self._sum(column, bound)
        else:
            value = column.only(bound)
            if type(value) is str:
                return self._text(value)
            number = None if value is None else _whole(value, column.scale)
        if number is not None and abs(number) > self._largest[column.index]:
            self._largest[column.index] = abs(number)
        return number

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
        return self._largest[ref.of.index]

    def of_type(self, name: str) -> Sequence[int]:
        """Return the positions of the facts of the type *name*."""
        return self._by_type.get(name, ())

    def facts(self, shard: Shard, wanted: Wanted) -> Iterator[tuple[int, dict[str, int]]]:
        """Yield (position, properties) of the facts that *shard* is to look at, shadows first."""
        for showing in shard.showings:
            if showing.kind == NO_TYPE:
                yield -1, {KIND: showing.code, NOUGHT: 0}
            for position in sorted(wanted.get(showing.code, ())):
                for row in self._rows(position, showing):
                    yield position, row

    def _rows(self, position: int, showing: Showing) -> Iterator[dict[str, int]]:
        cells = self.cells[position]
        row = {KIND: showing.code, ORDINAL: position + 1, NOUGHT: 0, UNIT: 1}
        for key in showing.keys:
            row[key] = cells[key]
        field = showing.kind.each_of
        if field is None:
            yield row
            return
        texts = self._facts[position].values.get(field)
        if isinstance(texts, list) and (position, field) not in self._unreadable:
            for number in dict.fromkeys(self._text(str(one)) for one in texts):
                yield {**row, ELEMENT: number}
