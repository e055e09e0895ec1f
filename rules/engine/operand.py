"""
Terms become operands: what rests on one fact is a property, the rest is left to the engine.

A comparison is a sum held against nought, so that its terms can change sides.
"""

from collections.abc import Iterator, Sequence
from typing import cast

from rules import syntax
from rules.engine.rule import LimitError, Operand, Ref, Sum, Whole
from rules.engine.scaling import DAY, LARGEST, InexactError, scale_of, whole
from rules.engine.vocabulary import Part, Readable, Vocabulary, fields
from rules.evaluation import worth
from rules.fact import FieldType
from rules.kind import Scope, kind_of
from rules.money import Money
from rules.syntax import Term


def names_of(term: Readable) -> frozenset[str]:
    return frozenset(one.name for one in fields(term))


def _reads_several(term: Readable) -> bool:
    return len(names_of(term)) > 1


class Operands:
    """Lowers the terms of one rule."""

    def __init__(self, scope: Scope, vocabulary: Vocabulary) -> None:
        self._scope = scope
        self._vocabulary = vocabulary

    def property(self, parts: Sequence[Part], scale: int = 0, *, stepped: bool = False) -> Ref:
        """Return the property that is the sum of *parts*, which read one fact."""
        term = parts[0].term
        kind: FieldType = "boolean"
        if isinstance(term, syntax.TERMS):
            kind = kind_of(term, self._scope)
        (name,) = names_of(term)
        type_ = self._scope[name].name
        found = self._vocabulary.property(type_, parts, kind, scale, stepped=stepped)
        return Ref(name=name, of=found)

    def one(self, term: Readable, scale: int = 0) -> Ref:
        return self.property([Part(factor=1, term=term)], scale)

    def parts(self, term: Term, factor: int) -> Iterator[Part]:
        """Yield what *factor* times *term* is the sum of; what reads one fact stays whole."""
        if (
            not isinstance(term, syntax.Arithmetic)
            or term.operator == "*"
            or not _reads_several(term)
        ):
            yield Part(factor=factor, term=term)
            return
        kinds = (kind_of(term.left, self._scope), kind_of(term.right, self._scope))
        sign = -1 if term.operator == "-" else 1
        left, right = term.left, term.right
        if kinds == ("date", "date"):
            factor *= DAY
        yield from self.parts(left, factor)
        yield from self.parts(right, sign * factor)

    def total(self, parts: Sequence[Part], scale: int) -> Operand:
        """Return the sum of *parts*, those of one fact in one property."""
        constant = 0
        added: list[Operand] = []
        taken: list[Operand] = []
        for part in parts:
            term = cast("Term", part.term)
            if not names_of(term):
                constant += part.factor * self._constant(term, scale)
                continue
            operand = self._product(term, scale) if _reads_several(term) else self.one(term, scale)
            if abs(part.factor) != 1:
                operand = Sum(operator="*", left=operand, right=Whole(number=abs(part.factor)))
            (added if part.factor > 0 else taken).append(operand)
        if constant or not added:
            added.append(Whole(number=constant))
        found = added[0]
        for one in added[1:]:
            found = Sum(operator="+", left=found, right=one)
        for one in taken:
            found = Sum(operator="-", left=found, right=one)
        return found

    def _product(self, term: Term, scale: int) -> Operand:
        term = cast("syntax.Arithmetic", term)
        one, two = scale_of(term.left, self._scope), scale_of(term.right, self._scope)
        left = self.total(list(self.parts(term.left, 1)), one)
        right = self.total(list(self.parts(term.right, 1)), two)
        product = Sum(operator="*", left=left, right=right)
        if scale == one + two:
            return product
        return Sum(operator="*", left=product, right=Whole(number=10 ** (scale - one - two)))

    def step(self, literal: Term, scale: int) -> Whole:
        """Return *literal*, which stands on a step, in half steps of *scale* decimals."""
        number = 2 * self._constant(literal, scale)
        if not -LARGEST < number < LARGEST:
            raise LimitError(f"{syntax.render_term(literal)} is too large to be compared exactly")
        return Whole(number=number)

    def _constant(self, term: Term, scale: int) -> int:
        value = worth(term)({})
        if value is None:
            raise LimitError(f"{syntax.render_term(term)} cannot be worked out")
        if isinstance(value, str):
            return self._vocabulary.text(value)
        try:
            return whole(value, scale)
        except InexactError as error:
            raise LimitError(str(error)) from error

    def currencies(self, term: Term) -> list[Term]:
        """Return the currency of every amount that *term* sums up, those of fields first."""
        found = list(self._currencies(term))
        return sorted(found, key=lambda one: isinstance(one, syntax.Literal))

    def _currencies(self, term: Term) -> Iterator[Term]:
        if kind_of(term, self._scope) != "money":
            return
        if not names_of(term):
            value = worth(term)({})
            if isinstance(value, Money):
                yield syntax.Literal(value=value.currency)
        elif isinstance(term, syntax.Arithmetic) and _reads_several(term):
            yield from self._currencies(term.left)
            yield from self._currencies(term.right)
        else:
            amounts = (one for one in fields(term) if kind_of(one, self._scope) == "money")
            yield syntax.CurrencyOf(money=next(amounts))
