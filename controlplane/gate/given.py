"""Facts that a caller gives, read by the fact types of the rule set; every flaw has its place."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from reprlib import repr as shown
from typing import Any

from controlplane.facts import MistypedError, read_value
from governance.contract.artifact_error import escape
from rules.decision import Fact, Value
from rules.fact import FactType, FieldType
from rules.refusal import Problem, Refusal

MOST_FACTS = 2_000
_SHOWN = 20
_MONEY = {"amount", "currency"}


def read_absent(
    absent: Sequence[str], fact_types: Mapping[str, FactType], given: AbstractSet[str]
) -> frozenset[str] | Refusal:
    """Return the types *absent*: each is to be a known one, and none of those *given*."""
    problems = [
        Problem(pointer=f"/absent/{number}", detail=detail)
        for number, name in enumerate(absent)
        if (detail := _not_absent(name, fact_types, given))
    ]
    return refused(problems) if problems else frozenset(absent)


def _not_absent(
    name: str, fact_types: Mapping[str, FactType], given: AbstractSet[str]
) -> str | None:
    if name in given:
        return f"a fact of the type {name} is given"
    return None if name in fact_types else _unknown(fact_types)


def read_given(
    given: Sequence[Mapping[str, Any]], fact_types: Mapping[str, FactType]
) -> list[Fact] | Refusal:
    """Return *given*, each `{type: id, field: value, …}`, as facts; null is absence."""
    if len(given) > MOST_FACTS:
        flaw = Problem(pointer="/facts", detail=f"at most {MOST_FACTS:,} facts are looked at")
        return refused([flaw])
    problems: list[Problem] = []
    facts: dict[tuple[str, str], Fact] = {}
    for number, one in enumerate(given):
        found = _read(one, fact_types, f"/facts/{number}")
        if isinstance(found, list):
            problems += found
        elif (found.type, found.id) in facts:
            detail = f"{found.type} {found.id!r} is given twice"
            problems.append(Problem(pointer=f"/facts/{number}", detail=detail))
        else:
            facts[found.type, found.id] = found
    return refused(problems) if problems else list(facts.values())


def _read(
    one: Mapping[str, Any], fact_types: Mapping[str, FactType], pointer: str
) -> Fact | list[Problem]:
    name, id_ = next(iter(one.items()), ("", None))
    fact_type = fact_types.get(name)
    if fact_type is None:
        detail = f"the first member names the fact's type and id; {_unknown(fact_types)}"
        return [Problem(pointer=pointer, detail=detail)]
    if not isinstance(id_, str) or not id_:
        detail = f"the id of a {name} is a text that is not empty"
        return [Problem(pointer=f"{pointer}/{escape(name)}", detail=detail)]
    values: dict[str, Value] = {name: id_} if fact_type.field(name) == "text" else {}
    problems = list(_fill(values, one, fact_type, pointer))
    return problems or Fact(type=name, id=id_, values=values)


def _fill(
    values: dict[str, Value], one: Mapping[str, Any], fact_type: FactType, pointer: str
) -> Iterator[Problem]:
    for field, value in list(one.items())[1:]:
        kind = fact_type.field(field)
        if kind is None:
            detail = f"a {fact_type.name} has no field {field!r}"
            yield Problem(pointer=f"{pointer}/{escape(field)}", detail=detail)
        elif value is not None:
            try:
                values[field] = _exact(kind, value)
            except MistypedError as error:
                yield Problem(pointer=f"{pointer}/{escape(field)}", detail=str(error))


def _exact(kind: FieldType, value: object) -> Value:
    """A caller is told of what nobody would look at; an event's amount may have more members."""
    more = value.keys() - _MONEY if kind == "money" and isinstance(value, dict) else ()
    if more:
        raise MistypedError(f"money has no {', '.join(map(shown, sorted(more)))}")
    return read_value(kind, value)


def _unknown(fact_types: Mapping[str, FactType]) -> str:
    return f"known types are {', '.join(sorted(fact_types))}"


def refused(problems: Sequence[Problem]) -> Refusal:
    more = f" And {len(problems) - 1} more." if len(problems) > 1 else ""
    return Refusal(
        type="invalid-facts",
        status=422,
        title="The facts do not fit the rule set",
        detail=f"{problems[0].pointer}: {problems[0].detail}.{more}",
        errors=tuple(problems[:_SHOWN]),
    )
