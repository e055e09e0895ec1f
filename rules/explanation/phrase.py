"""
A condition in words, with the data that it was asked of: as it stands, as it fails, as it is put.

`status is submitted, not approved` · `amount is EUR 5.00, not above cost (EUR 9.00)` · `role
manager, effective from on or before 2026-03-02`
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from rules import syntax
from rules.decision import Value
from rules.evaluation import contains, holds
from rules.explanation.noun import Derived, Nouns, Spoken, value_of
from rules.explanation.words import PLAIN, Words, listed, spaced
from rules.fact import CLOCK
from rules.money import Money
from rules.rule import Pattern
from rules.syntax import Condition, Term

_THAN = {"<": "below ", "<=": "at most ", ">": "above ", ">=": "at least "}
_WHEN = {"<": "before ", "<=": "on or before ", ">": "after ", ">=": "on or after "}
_SAME = {"==": "", "!=": "other than "}
_MOST_CONDITIONS = 20


class Phrases:
    """Puts conditions into words; *derived* are the fields that are worked out."""

    def __init__(self, derived: Derived, words: Words = PLAIN) -> None:
        self.words = words
        self.nouns = Nouns(derived, words)

    def of(self, clause: str, of: Spoken) -> str:
        """Return *clause* with what it is about before it, unless it names another thing."""
        others = (fact for name, fact in of.bound.items() if name != of.own)
        if any(clause.startswith(f"{self.words.thing(one)}: ") for one in others):
            return clause
        return f"{self.words.thing(of.bound[of.own])}: {clause}"

    def fails(self, condition: Condition, of: Spoken) -> str:
        """Say what stands in the way of *condition*, which does not hold."""
        match condition:
            case syntax.All():
                asked = (one for one in condition.parts if not holds(one)(of.values))
                return self.fails(next(asked, condition.parts[0]), of)
            case syntax.Some():
                return _joined(self._choices_fail(condition, of))
            case syntax.Comparison():
                return self.unknown(condition, of) or self._compared(condition, of, refused=True)
            case _:
                return self.unknown(condition, of) or self.stands(condition, of)

    def stands(self, condition: Condition, of: Spoken) -> str:
        """Say what *condition* rests on, as it stands."""
        match condition:
            case syntax.Comparison():
                return self._compared(condition, of, refused=False)
            case syntax.Membership():
                return self._contained(condition, of)
            case syntax.Presence():
                return self.nouns.stands(condition.field, of)
            case syntax.All():
                return _joined(self.stands(one, of) for one in condition.parts)
            case syntax.Some():
                held = (one for one in condition.parts if holds(one)(of.values))
                return _joined(self.stands(one, of) for one in held)
        raise TypeError("a resolved condition holds no `not`")

    def unknown(self, condition: Condition, of: Spoken) -> str:
        """Say which datum *condition* compares and is missing; nothing when none is."""
        for atom in syntax.atoms(condition):
            if not isinstance(atom, syntax.Presence):
                for one in syntax.fields_of_atom(atom):
                    if one.field not in of.bound[one.name].values:
                        return self.nouns.missing(one, of)
        return ""

    def none(self, fact_type: str, where: Sequence[Condition], of: Spoken) -> str:
        """Say that there is no such fact as *where* asks for."""
        clock = _promise(fact_type, where)
        if clock is not None:
            named = self.words.promises.get(clock, spaced(clock))
            return f"the promise “{named}” does not run"
        asked = listed((self._put(one, of) for one in where), most=_MOST_CONDITIONS)
        return f"there is no {spaced(fact_type)}" + (f" with {asked}" if asked else "")

    def other_kind(self, pattern: Pattern) -> str:
        """Say that there is no fact of the kind that a first condition chooses, where it does."""
        match pattern.where[:1]:
            case (syntax.Comparison(operator="==", right=syntax.Literal(value=str())),):
                of = Spoken(bound={}, own=pattern.name)
                return self.none(pattern.fact_type, pattern.where[:1], of)
        return ""

    def _put(self, condition: Condition, of: Spoken) -> str:
        """Return what *condition* asks of a fact that need not be there."""
        match condition:
            case syntax.Comparison():
                asked = _turned(condition, of.own)
                label, right = self.nouns.label(asked.left, of), asked.right
                if isinstance(right, syntax.Literal) and isinstance(right.value, bool):
                    return f"{'' if right.value == (asked.operator == '==') else 'no '}“{label}”"
                return f"{label} {_operator(asked, of)}{self._wanted(right, of, asked.left)}"
            case syntax.Membership():
                word = "without" if condition.negated else "with"
                label = self.nouns.label(condition.collection, of)
                shown = self.nouns.shown(condition.element, of, condition.collection)
                return f"{label} {word} {shown}"
            case syntax.Presence():
                return self._put_presence(condition, of)
            case syntax.All():
                parts = (self._put(one, of) for one in condition.parts)
                return listed(parts, most=_MOST_CONDITIONS)
            case syntax.Some():
                choices = dict.fromkeys(self._put(one, of) for one in condition.parts)
                return listed(choices, "or", most=_MOST_CONDITIONS)
        raise TypeError("a resolved condition holds no `not`")

    def _wanted(self, term: Term, of: Spoken, like: Term) -> str:
        """Return the value alone where there is one: what is asked for is not there."""
        bound = all(one.name in of.bound for one in syntax.fields_of(term))
        if bound and isinstance(term, syntax.Field) and term.field in of.values[term.name]:
            return self.nouns.worth(term, of)
        return self.nouns.shown(term, of, like)

    def _put_presence(self, condition: syntax.Presence, of: Spoken) -> str:
        label = self.nouns.label(condition.field, of)
        if condition.field.field in self.words.moments:
            return f"{label} {'done' if condition.present else 'not done'}"
        return f"{'a' if condition.present else 'no'} known {label}"

    def _compared(self, condition: syntax.Comparison, of: Spoken, *, refused: bool) -> str:
        """`amount is EUR 5.00, not above cost (EUR 9.00)`: what is compared, and with what."""
        asked = _turned(condition, of.own)
        if _is_itself(asked, of):
            return f"it is {'not ' if refused else ''}{self.nouns.label(asked.right, of)}"
        stands = self.nouns.stands(asked.left, of)
        equal = asked.operator == ("!=" if refused else "==")
        match asked.right:
            case syntax.Literal(value=bool()):
                return stands
            case syntax.Literal() if equal:
                return stands
        if equal:
            than = "the same as "
        elif refused and _in_other_currencies(asked, of):
            than = "in another currency than "
        else:
            than = f"{'not ' if refused else ''}{_operator(asked, of)}"
        shown = self.nouns.shown(asked.right, of, asked.left)
        return f"{stands}, {than}{shown}{self._parts(asked, of)}"

    def _parts(self, asked: syntax.Comparison, of: Spoken) -> str:
        """Return the data that sums and products are made of."""
        worked = [one for one in (asked.left, asked.right) if isinstance(one, syntax.Arithmetic)]
        fields = dict.fromkeys((f.name, f.field) for one in worked for f in syntax.fields_of(one))
        told = [
            f"{self.nouns.label(one, of)} is {self.nouns.worth(one, of)}"
            for one in (syntax.Field(name=name, field=field) for name, field in fields)
        ]
        return f" where {listed(told, most=10)}" if told else ""

    def _contained(self, condition: syntax.Membership, of: Spoken) -> str:
        shown = self.nouns.shown(condition.element, of, condition.collection)
        found = contains(condition)(of.values)
        among = f"{shown} among them" if found else f"without {shown}"
        return f"{self.nouns.stands(condition.collection, of)}, {among}"

    def _choices_fail(self, condition: syntax.Some, of: Spoken) -> Iterator[str]:
        """Let a field that is none of several values be spoken of once."""
        wanted: dict[tuple[str, str], list[syntax.Literal]] = {}
        for one in condition.parts:
            match one:
                case syntax.Comparison(
                    operator="==", left=syntax.Field() as left, right=syntax.Literal() as right
                ) if left.field in of.bound[left.name].values:
                    wanted.setdefault((left.name, left.field), []).append(right)
                case _:
                    yield self.fails(one, of)
        for (name, field), those in wanted.items():
            left = syntax.Field(name=name, field=field)
            shown = listed((self.nouns.shown(one, of, left) for one in those), "or", most=10)
            yield f"{self.nouns.stands(left, of)}, not {shown}"


def _joined(clauses: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(clauses))


def _is_itself(asked: syntax.Comparison, of: Spoken) -> bool:
    """Whether it is asked if the fact, by its own key, is the one that another names."""
    if asked.operator != "==" or not isinstance(asked.left, syntax.Field):
        return False
    fact = of.bound[asked.left.name]
    named = isinstance(asked.right, syntax.Field) and asked.right.name != of.own
    return named and fact.values.get(asked.left.field) == fact.id


def _turned(asked: syntax.Comparison, own: str) -> syntax.Comparison:
    """Let what is spoken of stand on the left."""
    left = {one.name for one in syntax.fields_of(asked.left)}
    right = {one.name for one in syntax.fields_of(asked.right)}
    if own in left or (own not in right and left):
        return asked
    operator = syntax.MIRRORED[asked.operator]
    return syntax.Comparison(operator=operator, left=asked.right, right=asked.left)


def _in_other_currencies(asked: syntax.Comparison, of: Spoken) -> bool:
    values = [value_of(one, of) for one in (asked.left, asked.right)]
    return len({one.currency for one in values if isinstance(one, Money)}) > 1


def _operator(asked: syntax.Comparison, of: Spoken) -> str:
    bound = all(one.name in of.bound for one in syntax.fields_of(asked.right))
    return than(asked.operator, value_of(asked.right, of) if bound else None)


def than(operator: str, value: Value | None) -> str:
    """Return *operator* in the words that stand before *value*."""
    return (_WHEN if isinstance(value, date) else _THAN).get(operator) or _SAME[operator]


def _promise(fact_type: str, where: Sequence[Condition]) -> str | None:
    """Return the objective that a rule on clocks looks for, when it names one."""
    for one in where if fact_type == CLOCK.name else ():
        match one:
            case syntax.Comparison(
                operator="==",
                left=syntax.Field(field="sla"),
                right=syntax.Literal(value=str(promise)),
            ):
                return promise
    return None
