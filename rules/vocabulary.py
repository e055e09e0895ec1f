"""
What the engine is told of facts: numbered properties, kinds of facts, texts as numbers.

A property is a term over one fact, worked out before the engine sees it: `v` its whole
number, `h` whether it is known, `c` its currency.
"""

from collections.abc import Callable

import msgspec

from rules import syntax
from rules.decision import Value
from rules.evaluation import Bound, contains, worth
from rules.fact import FieldType
from rules.syntax import Term

SELF = "fact"


class Property(msgspec.Struct, frozen=True, kw_only=True):
    """`term` speaks of its fact as `fact`; `scale` is the number of decimals kept."""

    index: int
    fact_type: str
    term: Term | syntax.Membership
    kind: FieldType
    scale: int

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
        term = self.term
        if isinstance(term, syntax.Membership):
            return tuple(one.field for one in syntax.fields_of_atom(term))
        return tuple(one.field for one in syntax.fields_of(term))

    def reader(self) -> Callable[[Bound], Value | None]:
        """Return the function that works the property out of `{"fact": values}`."""
        term = self.term
        return contains(term) if isinstance(term, syntax.Membership) else worth(term)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """
    How facts of a type appear: as themselves, or as one copy for each text of a list field.

    A `shadow` is the copy that `none` looks at: it is shown before anything else.
    """

    fact_type: str
    shadow: bool = False
    each_of: str | None = None


class Vocabulary:
    """Gives out numbers, the same for the same thing; one for a compiled rule set."""

    def __init__(self) -> None:
        self._properties: dict[tuple[str, str, int], Property] = {}
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
        self, fact_type: str, term: Term | syntax.Membership, kind: FieldType, scale: int
    ) -> Property:
        own = _of_itself(term)
        if isinstance(own, syntax.Membership):
            written = syntax.render(own)
        else:
            written = syntax.render_term(own)
        key = (fact_type, written, scale)
        known = self._properties.get(key)
        if known is None:
            known = Property(
                index=len(self._properties), fact_type=fact_type, term=own, kind=kind, scale=scale
            )
            self._properties[key] = known
        return known


def _of_itself(term: Term | syntax.Membership) -> Term | syntax.Membership:
    if isinstance(term, syntax.Membership):
        element, collection = _renamed(term.element), _field(term.collection)
        return syntax.Membership(element=element, collection=collection)
    return _renamed(term)


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


def _field(field: syntax.Field) -> syntax.Field:
    return syntax.Field(name=SELF, field=field.field)
