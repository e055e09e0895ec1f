"""
What the engine is told of facts: numbered properties, kinds of facts, texts as numbers.

A property is worked out of one fact before the engine sees it: `v` its whole number, `h`
whether it is known, `c` its currency.
"""

from collections.abc import Callable, Iterable

import msgspec

from rules import syntax
from rules.decision import Value
from rules.evaluation import Bound, contains, holds, worth
from rules.fact import FieldType
from rules.syntax import Condition, Term

SELF = "fact"
Readable = Term | Condition


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """So many times a term: what sums are made of."""

    factor: int
    term: Readable


class Property(msgspec.Struct, frozen=True, kw_only=True):
    """
    The sum of `parts`, which speak of their fact as `fact`.

    `scale` is the number of decimals kept; `stepped` values are compared with literals only.
    """

    index: int
    fact_type: str
    parts: tuple[Part, ...]
    kind: FieldType
    scale: int
    stepped: bool = False

    @property
    def value(self) -> str:
        return f"v{self.index}"

    @property
    def known(self) -> str:
        return f"h{self.index}"

    @property
    def currency(self) -> str:
        return f"c{self.index}"

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(one.field for part in self.parts for one in fields(part.term))


def fields(term: Readable) -> tuple[syntax.Field, ...]:
    """Return the fields that *term* reads."""
    if isinstance(term, syntax.TERMS):
        return syntax.fields_of(term)
    return tuple(one for atom in syntax.atoms(term) for one in syntax.fields_of_atom(atom))


def reader(term: Readable) -> Callable[[Bound], Value | None]:
    """Return the function that works *term* out of `{"fact": values}`."""
    if isinstance(term, syntax.TERMS):
        return worth(term)
    return contains(term) if isinstance(term, syntax.Membership) else holds(term)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """
    How facts of a type appear: as themselves, or as one copy for each text of a list field.

    A `shadow` is the copy that `none` looks at: it is shown before anything else. The engine
    binds no fact twice, so who asks a list again asks another `copy`. No type at all is the one
    fact that sums over several facts are asked of.
    """

    fact_type: str
    shadow: bool = False
    each_of: str | None = None
    copy: int = 0


NO_TYPE = Kind(fact_type="")


class Vocabulary:
    """Gives out numbers, the same for the same thing; one for a compiled rule set."""

    def __init__(self) -> None:
        self._properties: dict[tuple[str, str, int, bool], Property] = {}
        self._kinds: dict[Kind, int] = {}
        self.texts: dict[str, int] = {}

    @property
    def properties(self) -> tuple[Property, ...]:
        return tuple(self._properties.values())

    @property
    def kinds(self) -> dict[Kind, int]:
        return self._kinds

    def code(self, kind: Kind) -> int:
        return self._kinds.setdefault(kind, len(self._kinds) + 1)

    def text(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts) + 1)

    def property(
        self,
        fact_type: str,
        parts: Iterable[Part],
        kind: FieldType,
        scale: int,
        *,
        stepped: bool = False,
    ) -> Property:
        own = tuple(Part(factor=one.factor, term=_of_itself(one.term)) for one in parts)
        written = " + ".join(f"{one.factor} * ({_written(one.term)})" for one in own)
        key = (fact_type, written, scale, stepped)
        known = self._properties.get(key)
        if known is None:
            index = len(self._properties)
            known = Property(
                index=index,
                fact_type=fact_type,
                parts=own,
                kind=kind,
                scale=scale,
                stepped=stepped,
            )
            self._properties[key] = known
        return known


def _written(term: Readable) -> str:
    return syntax.render_term(term) if isinstance(term, syntax.TERMS) else syntax.render(term)


def _of_itself(term: Readable) -> Readable:
    if isinstance(term, syntax.TERMS):
        return _renamed(term)
    if isinstance(term, syntax.Membership):  # whether it is wanted is asked of the answer
        element, collection = _renamed(term.element), _field(term.collection)
        return syntax.Membership(element=element, collection=collection)
    return _asked(term)


def _asked(condition: Condition) -> Condition:
    match condition:
        case syntax.Membership():
            element, collection = _renamed(condition.element), _field(condition.collection)
            return syntax.Membership(
                element=element, collection=collection, negated=condition.negated
            )
        case syntax.Comparison():
            left, right = _renamed(condition.left), _renamed(condition.right)
            return syntax.Comparison(operator=condition.operator, left=left, right=right)
        case syntax.Presence():
            return syntax.Presence(field=_field(condition.field), present=condition.present)
        case syntax.All():
            return syntax.All(parts=tuple(map(_asked, condition.parts)))
        case syntax.Some():
            return syntax.Some(parts=tuple(map(_asked, condition.parts)))
        case syntax.Not():
            raise TypeError("a resolved condition holds no `not`")


def _renamed(term: Term) -> Term:
    match term:
        case syntax.Field():
            return _field(term)
        case syntax.Literal():
            return syntax.Literal(value=term.value)
        case syntax.CurrencyOf():
            return syntax.CurrencyOf(money=_field(term.money))
        case syntax.Arithmetic():
            return syntax.Arithmetic(
                operator=term.operator, left=_renamed(term.left), right=_renamed(term.right)
            )
        case syntax.Call() | syntax.Aggregate():
            raise TypeError("what is derived is a field before it is lowered")


def _field(field: syntax.Field) -> syntax.Field:
    return syntax.Field(name=SELF, field=field.field)
