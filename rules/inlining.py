"""
Conditions as one Python function, where a tree of closures would cost a call for each node.

What is compared with what was settled when the rule was resolved, so plain values are compared
as they are; money, lists, calls and arithmetic go the way of `rules.evaluation`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any

from rules import syntax
from rules.evaluation import holds, worth
from rules.fact import FieldType
from rules.kind import Scope, kind_of
from rules.syntax import Condition, Term

PLAIN: frozenset[FieldType] = frozenset(
    ("text", "integer", "decimal", "boolean", "date", "instant", "duration")
)
_KNOWN = {"__builtins__": {"len": len, "type": type, "int": int, "str": str}}
Together = Callable[..., bool]


def together(conditions: Sequence[Condition], names: Sequence[str], scope: Scope) -> Together:
    """Return whether all of *conditions* hold, as a function of the values of *names* in order."""
    inlined = Inlined(names, scope)
    source = inlined.all_of(conditions)
    return function(inlined.parameters.values(), source, inlined.constants)


def reached(
    conditions: Sequence[Condition], names: Sequence[str], scope: Scope
) -> Callable[..., int]:
    """Return how many of *conditions* hold before one fails, as a function likewise."""
    inlined = Inlined(names, scope)
    source = " ".join(
        f"{number} if not ({inlined.all_of([one])}) else" for number, one in enumerate(conditions)
    )
    return function(inlined.parameters.values(), f"{source} {len(conditions)}", inlined.constants)


def function(
    parameters: Iterable[str], source: str, constants: Mapping[str, object]
) -> Callable[..., Any]:
    """Return the function of *parameters* that *source*, which is our own, is worth."""
    made: Callable[..., Any] = eval(  # noqa: S307 - names, operators and constants of ours alone
        _code(f"lambda {', '.join(parameters)}: {source}"), {**_KNOWN, **constants}
    )
    return made


@lru_cache(maxsize=4096)
def _code(source: str, mode: str = "eval") -> CodeType:
    return compile(source, "<rule>", mode)


def defined(source: str, constants: Mapping[str, object]) -> Any:
    """Return the one function that *source*, which is our own, defines."""
    names = {**_KNOWN, **constants}
    exec(_code(source, "exec"), names)  # noqa: S102 - names, operators and constants of ours alone
    return names.popitem()[1]


class Inlined:
    """
    Conditions as source: `f0`, `f1`, … are the values of *names* in order.

    `constants` are what the source names beside its `parameters`.
    """

    def __init__(self, names: Sequence[str], scope: Scope) -> None:
        self.parameters = {name: f"f{number}" for number, name in enumerate(names)}
        self.constants: dict[str, object] = {}
        self._scope = scope
        self._read = 0

    def all_of(self, conditions: Sequence[Condition]) -> str:
        return " and ".join(map(self._condition, conditions)) or "True"

    def _condition(self, condition: Condition) -> str:
        match condition:
            case syntax.Comparison() if self._plain(condition):
                return self._comparison(condition)
            case syntax.Presence():
                of = self.parameters[condition.field.name]
                return f"{condition.field.field!r} {'in' if condition.present else 'not in'} {of}"
            case syntax.All(parts=(_, *_)):
                return f"({self.all_of(condition.parts)})"
            case syntax.Some(parts=(_, *_)):
                return f"({' or '.join(map(self._condition, condition.parts))})"
        atoms = syntax.atoms(condition)
        read = {one.name for atom in atoms for one in syntax.fields_of_atom(atom)}
        bound = ", ".join(f"{n!r}: {of}" for n, of in self.parameters.items() if n in read)
        return f"{self._constant(holds(condition))}({{{bound}}})"

    def _plain(self, condition: syntax.Comparison) -> bool:
        sides = (condition.left, condition.right)
        return all(
            isinstance(one, syntax.Field | syntax.Literal) and kind_of(one, self._scope) in PLAIN
            for one in sides
        )

    def _comparison(self, condition: syntax.Comparison) -> str:
        """A datum that is not known ends the comparison before it is made."""
        known: list[str] = []
        left, right = self._side(condition.left, known), self._side(condition.right, known)
        return " and ".join([*known, f"{left} {condition.operator} {right}"])

    def _side(self, term: Term, known: list[str]) -> str:
        if not isinstance(term, syntax.Field):
            return self._constant(worth(term)({}))
        read = f"v{self._read}"
        self._read += 1
        known.append(f"({read} := {self.parameters[term.name]}.get({term.field!r})) is not None")
        return read

    def _constant(self, value: object) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name
