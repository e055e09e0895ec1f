"""Terms become operands: what rests on one fact is a property, the rest is left to the engine."""

from rules import syntax
from rules.enginerule import LimitError, Operand, Ref, Sum, Whole
from rules.evaluation import worth
from rules.fact import FieldType
from rules.money import Money
from rules.resolving import Scope, kind_of
from rules.scaling import DAY, InexactError, scale_of, whole
from rules.syntax import Term
from rules.vocabulary import Vocabulary


class Operands:
    """Lowers the terms of one rule."""

    def __init__(self, scope: Scope, vocabulary: Vocabulary) -> None:
        self._scope = scope
        self._vocabulary = vocabulary

    def of(self, term: Term, scale: int) -> Operand:
        """Return *term* with *scale* decimals, which are at least its own."""
        names = {one.name for one in syntax.fields_of(term)}
        if len(names) == 1:
            return self.property(term, scale)
        if isinstance(term, syntax.Arithmetic) and names:
            return self._arithmetic(term, scale)
        return self._constant(term, scale)

    def property(self, term: Term | syntax.Membership, scale: int = 0) -> Ref:
        """Return the property of the one fact that *term* reads."""
        kind: FieldType = "boolean"
        if not isinstance(term, syntax.Membership):
            kind = kind_of(term, self._scope)
        name = self._name(term)
        found = self._vocabulary.property(self._scope[name].name, term, kind, scale)
        return Ref(name=name, of=found)

    def _name(self, term: Term | syntax.Membership) -> str:
        if isinstance(term, syntax.Membership):
            return term.collection.name
        return syntax.fields_of(term)[0].name

    def text(self, text: str) -> Whole:
        return Whole(number=self._vocabulary.text(text))

    def _constant(self, term: Term, scale: int) -> Whole:
        value = worth(term)({})
        if value is None:
            raise LimitError(f"{syntax.render_term(term)} cannot be worked out")
        if isinstance(value, str):
            return self.text(value)
        currency = self.text(value.currency).number if isinstance(value, Money) else None
        try:
            return Whole(number=whole(value, scale), currency=currency)
        except InexactError as error:
            raise LimitError(str(error)) from error

    def _arithmetic(self, term: syntax.Arithmetic, scale: int) -> Operand:
        if term.operator == "*":
            return self._product(term, scale)
        kinds = (kind_of(term.left, self._scope), kind_of(term.right, self._scope))
        left, right = self.of(term.left, scale), self.of(term.right, scale)
        if kinds == ("date", "date"):
            days = Sum(operator=term.operator, left=left, right=right)
            return Sum(operator="*", left=days, right=Whole(number=DAY))
        if kinds == ("date", "duration"):
            right = _in_days(right)
        if kinds == ("duration", "date"):
            left = _in_days(left)
        return Sum(operator=term.operator, left=left, right=right)

    def _product(self, term: syntax.Arithmetic, scale: int) -> Operand:
        one, two = scale_of(term.left, self._scope), scale_of(term.right, self._scope)
        product = Sum(operator="*", left=self.of(term.left, one), right=self.of(term.right, two))
        if scale == one + two:
            return product
        return Sum(operator="*", left=product, right=Whole(number=10 ** (scale - one - two)))


def currencies(operand: Operand) -> list[Ref | Whole]:
    """Return the currency of every amount in *operand*, each once."""
    found: list[Ref | Whole] = []
    match operand:
        case Whole() if operand.currency is not None:
            found.append(Whole(number=operand.currency))
        case Ref() if operand.of.kind == "money":
            found.append(Ref(name=operand.name, of=operand.of, part="currency"))
        case Sum():
            found += currencies(operand.left)
            found += [one for one in currencies(operand.right) if one not in found]
        case _:
            pass
    return found


def _in_days(operand: Operand) -> Operand:
    if not isinstance(operand, Whole):
        raise LimitError("only whole days are added to a date")
    return Whole(number=operand.number // DAY)
