"""
The engine's own rule: patterns in its JSON, the expressions in them, and their limits.

Every right side is a whole number, a property of a bound fact, or a sum of those.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec

from rules.engine.vocabulary import Property

MAX_PATTERNS = 15  # the engine takes 16
MAX_JOINS = 26  # the engine takes 29
MAX_CONDITIONS = 60
MAX_ALTERNATIVES = 64
MAX_PROPERTIES = 120  # of two keys each; the engine takes 252 keys of a fact
ORDINAL, NOUGHT, UNIT, ELEMENT, KIND = "n", "z", "i", "e", "t"
STATE = "s"
"""The one state that a handle has, while it is asked."""
_PROPERTY = "vh"  # what begins the key of a property, or of whether it is known
_FENCE = {"$and": [{"$ex": {KIND: 1}}]}
_WORDS = {"==": "$eq", "!=": "$neq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_SIGNS = {"+": "$add", "-": "$sub", "*": "$mul"}
Side = Literal["value", "known"]


class LimitError(ValueError):
    """A rule that is larger or wilder than the engine can be trusted with."""


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    number: int


class Ref(msgspec.Struct, frozen=True, kw_only=True):
    """A property of the fact that *name* is bound to, or whether it is known."""

    name: str
    of: Property
    side: Side = "value"

    @property
    def key(self) -> str:
        key: str = getattr(self.of, self.side)
        return key


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    operator: Literal["+", "-", "*"]
    left: "Operand"
    right: "Operand"


Operand = Whole | Ref | Sum


class Ordinal(msgspec.Struct, frozen=True, kw_only=True):
    """Which fact it is that *name* is bound to."""

    name: str


def refs(operand: Operand | Ordinal) -> Iterator[Ref]:
    match operand:
        case Ref():
            yield operand
        case Sum():
            yield from refs(operand.left)
            yield from refs(operand.right)
        case Whole() | Ordinal():
            return


def magnitude(operand: Operand, largest: Callable[[Ref], int]) -> int:
    """Return a bound of every number that working *operand* out can pass through."""
    match operand:
        case Whole():
            return abs(operand.number)
        case Ref():
            return largest(operand)
        case Sum():
            left, right = magnitude(operand.left, largest), magnitude(operand.right, largest)
            return left * right if operand.operator == "*" else left + right


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of a pattern: `key` of its fact against an operand of other facts."""

    key: str
    operator: str
    operand: Operand | Ordinal


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """The property must be known of the fact that *name* is bound to."""

    name: str
    property: Property


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A list field of the fact *name* must hold (or, `negated`, not hold) the element."""

    name: str
    fact_type: str
    field: str
    element: Operand
    negated: bool


class Apart(msgspec.Struct, frozen=True, kw_only=True):
    """A sum that mixes the pattern's own fact with others: asked once all of them are bound."""

    clause: Clause


class EnginePattern(msgspec.Struct, kw_only=True):
    """A pattern under construction: *name* is the author's, or None when it is ours."""

    alias: str
    code: int
    negated: bool
    clauses: list[Clause]
    name: str | None = None


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """
    A fact of the kind `code` must be there, or the rule cannot hold.

    `tests` are what it must be by itself: property, operator, whole number.
    """

    code: int
    tests: tuple[tuple[str, str, int], ...] = ()


class EngineRule(msgspec.Struct, frozen=True, kw_only=True):
    """
    One alternative of a rule, as the engine takes it.

    `bound` are its aliases in order, `keys` all that it asks of any fact beside its kind.
    """

    id: str
    rule: str
    body: dict[str, Any]
    bound: tuple[str, ...]
    patterns: int
    conditions: int
    kinds: frozenset[int]
    properties: frozenset[int]
    sums: tuple[Sum, ...]
    keys: frozenset[str] = frozenset()
    needs: tuple[Need, ...] = ()


def engine_rule(id_: str, rule: str, patterns: list[EnginePattern]) -> EngineRule:
    """Return *patterns* as one engine rule; raise `LimitError` where the engine would break."""
    if len(patterns) > MAX_PATTERNS:
        raise LimitError(f"a rule has at most {MAX_PATTERNS} patterns, this needs {len(patterns)}")
    aliases = {one.name: one.alias for one in patterns if one.name is not None}
    used = [ref for one in patterns for clause in one.clauses for ref in refs(clause.operand)]
    own = {
        int(clause.key[1:])
        for one in patterns
        for clause in one.clauses
        if clause.key[0] in _PROPERTY
    }
    properties = frozenset(own | {ref.of.index for ref in used})
    if len(properties) > MAX_PROPERTIES:
        raise LimitError(f"a rule looks at at most {MAX_PROPERTIES} different values")
    return EngineRule(
        id=id_,
        rule=rule,
        body={"all": [_pattern(one, aliases) for one in patterns], "cap": 65535},
        bound=tuple(one.alias for one in patterns if one.name is not None and not one.negated),
        patterns=len(patterns),
        conditions=sum(len(one.clauses) + 1 for one in patterns),
        kinds=frozenset(one.code for one in patterns),
        properties=properties,
        sums=tuple(
            clause.operand
            for one in patterns
            for clause in one.clauses
            if isinstance(clause.operand, Sum)
        ),
        keys=frozenset(key for one in patterns for clause in one.clauses for key in _keys(clause)),
        needs=tuple(_need(one) for one in patterns if not one.negated),
    )


def _keys(clause: Clause) -> Iterator[str]:
    yield clause.key
    if isinstance(clause.operand, Ordinal):
        yield ORDINAL
    yield from (ref.key for ref in refs(clause.operand))


def _need(pattern: EnginePattern) -> Need:
    tests = (
        (clause.key, clause.operator, clause.operand.number)
        for clause in pattern.clauses
        if isinstance(clause.operand, Whole) and clause.key[0] in _PROPERTY
    )
    return Need(code=pattern.code, tests=tuple(tests))


def _pattern(pattern: EnginePattern, aliases: dict[str, str]) -> dict[str, Any]:
    alone: list[Any] = []
    equal: list[Any] = []
    joined: list[Any] = []
    for clause in pattern.clauses:
        if isinstance(clause.operand, Whole):
            alone.append(_clause(clause, aliases))
        elif clause.operator == "==" and isinstance(clause.operand, Ref | Ordinal):
            equal.append(_clause(clause, aliases))
        else:
            joined.append(_clause(clause, aliases))
    if len(equal) + len(joined) > MAX_JOINS:
        raise LimitError(f"a pattern has at most {MAX_JOINS} comparisons with other facts")
    if len(pattern.clauses) > MAX_CONDITIONS:
        raise LimitError(f"a pattern has at most {MAX_CONDITIONS} conditions")
    body = [{KIND: pattern.code}, *alone, *equal, *joined]
    if equal or joined:
        body.append(_FENCE)
    return {pattern.alias + ("$not" if pattern.negated else ""): {"$and": body}}


def _clause(clause: Clause, aliases: dict[str, str]) -> dict[str, Any]:
    return {_WORDS[clause.operator]: {clause.key: _json(clause.operand, aliases)}}


def _json(operand: Operand | Ordinal, aliases: dict[str, str]) -> Any:
    match operand:
        case Whole():
            return operand.number
        case Ordinal():
            return {aliases[operand.name]: ORDINAL}
        case Ref():
            return {aliases[operand.name]: operand.key}
        case Sum():
            left, right = _json(operand.left, aliases), _json(operand.right, aliases)
            return {_SIGNS[operand.operator]: {"$l": left, "$r": right}}
