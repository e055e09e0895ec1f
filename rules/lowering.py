"""
A rule becomes engine rules that the engine answers rightly.

`or` becomes several rules, since the engine's own counts branches and loses joins; `none`
looks at shadow copies shown first; every comparison asks first whether its data are known;
no name binds a fact that another holds; lists are looked at element by element.
"""

from collections.abc import Iterator
from itertools import product

from rules import syntax
from rules.enginerule import (
    ELEMENT,
    MAX_ALTERNATIVES,
    NOUGHT,
    ORDINAL,
    UNIT,
    Clause,
    EnginePattern,
    EngineRule,
    Guard,
    LimitError,
    Member,
    Operand,
    Ordinal,
    Ref,
    Sum,
    Whole,
    engine_rule,
    refs,
)
from rules.language import Pattern
from rules.operand import Operands, currencies
from rules.resolving import ResolvedRule, kind_of
from rules.scaling import scale_of
from rules.syntax import Condition
from rules.vocabulary import Kind, Vocabulary

Step = Clause | Guard | Member
Alternative = tuple[Step, ...]
_YES, _NO = Whole(number=1), Whole(number=0)
_HOW_MANY = f"`or` and `in` give more than {MAX_ALTERNATIVES} alternatives; split the rule"


def lower(rule: ResolvedRule, vocabulary: Vocabulary, prefix: str) -> tuple[EngineRule, ...]:
    """
    Return the engine rules, `prefix#k`, of which any one firing is *rule* firing.

    Raises `LimitError` when the rule cannot be put to the engine safely.
    """
    lowering = _Lowering(rule, vocabulary)
    return tuple(
        engine_rule(f"{prefix}#{number}", rule.rule.rule, patterns)
        for number, patterns in enumerate(lowering.alternatives())
    )


class _Lowering:
    def __init__(self, rule: ResolvedRule, vocabulary: Vocabulary) -> None:
        self._rule = rule
        self._vocabulary = vocabulary
        self._operands = Operands(rule.scope, vocabulary)

    def alternatives(self) -> Iterator[list[EnginePattern]]:
        branches: list[list[tuple[Alternative, ...]]] = []
        count = 1
        for pattern in self._rule.patterns:
            found = self._branches(syntax.All(parts=pattern.where), pattern.name)
            branches.append([tuple(found)] if pattern.negated else [(one,) for one in found])
            count *= len(branches[-1])
            if count > MAX_ALTERNATIVES:
                raise LimitError(_HOW_MANY)
        for chosen in product(*branches):
            yield _Assembly(self._rule, self._vocabulary).assemble(chosen)

    def _branches(self, condition: Condition, own: str) -> list[Alternative]:
        """Return the conjunctions of which any one makes *condition* hold."""
        match condition:
            case syntax.All():
                return self._conjunction(condition.parts, own)
            case syntax.Some():
                return [one for part in condition.parts for one in self._branches(part, own)]
            case syntax.Comparison():
                return self._comparison(condition, own)
            case syntax.Membership():
                return [self._membership(condition, own)]
            case syntax.Presence():
                return [self._presence(condition, own)]
            case syntax.Not():
                raise TypeError("a resolved condition holds no `not`")

    def _conjunction(self, parts: tuple[Condition, ...], own: str) -> list[Alternative]:
        found: list[Alternative] = [()]
        for part in parts:
            more = self._branches(part, own)
            if len(found) * len(more) > MAX_ALTERNATIVES:
                raise LimitError(_HOW_MANY)
            found = [(*one, *two) for one in found for two in more]
        return found

    def _presence(self, condition: syntax.Presence, own: str) -> Alternative:
        field = self._operands.property(
            condition.field, scale_of(condition.field, self._rule.scope)
        )
        known = Ref(name=field.name, of=field.of, part="known")
        return (_clause(known, "==", _YES if condition.present else _NO, own),)

    def _comparison(self, condition: syntax.Comparison, own: str) -> list[Alternative]:
        scope = self._rule.scope
        scale = max(scale_of(condition.left, scope), scale_of(condition.right, scope))
        left = self._operands.of(condition.left, scale)
        right = self._operands.of(condition.right, scale)
        known = (*_guards(left), *_guards(right))
        compared = _clause(left, condition.operator, right, own)
        if "money" not in (kind_of(condition.left, scope), kind_of(condition.right, scope)):
            return [(*known, compared)]
        one, two = currencies(left), currencies(right)
        within = (*_agree(one, own), *_agree(two, own))
        if not one or not two:
            return [(*known, *within, compared)]
        same = _clause(one[0], "==", two[0], own)
        if condition.operator != "!=":
            return [(*known, *within, same, compared)]
        other = _clause(one[0], "!=", two[0], own)
        return [(*known, *within, other), (*known, *within, same, compared)]

    def _membership(self, condition: syntax.Membership, own: str) -> Alternative:
        collection = condition.collection
        if {one.name for one in syntax.fields_of(condition.element)} <= {collection.name}:
            found = self._operands.property(condition)
            wanted = _NO if condition.negated else _YES
            return (*_guards(found), _clause(found, "==", wanted, own))
        element = self._operands.of(condition.element, 0)
        listed = self._operands.property(collection)
        return (
            *_guards(element),
            *_guards(listed),
            Member(
                name=collection.name,
                fact_type=self._rule.scope[collection.name].name,
                field=collection.field,
                element=element,
                negated=condition.negated,
            ),
        )


def _guards(operand: Operand) -> Iterator[Guard]:
    for one in refs(operand):
        yield Guard(name=one.name, property=one.of)


def _agree(amounts: list[Ref | Whole], own: str) -> Iterator[Clause]:
    for other in amounts[1:]:
        yield _clause(amounts[0], "==", other, own)


def _clause(left: Operand, operator: syntax.Operator, right: Operand, own: str) -> Clause:
    """Let the left side be the fact's own property, or nought against the difference."""
    if isinstance(left, Ref) and left.name == own:
        return Clause(key=left.key, operator=operator, operand=right)
    if isinstance(right, Ref) and right.name == own:
        return Clause(key=right.key, operator=syntax.MIRRORED[operator], operand=left)
    difference = Sum(operator="-", left=right, right=left)
    return Clause(key=NOUGHT, operator=operator, operand=difference)


class _Assembly:
    """Puts one alternative's steps into engine patterns."""

    def __init__(self, rule: ResolvedRule, vocabulary: Vocabulary) -> None:
        self._rule = rule
        self._vocabulary = vocabulary
        self._patterns: list[EnginePattern] = []
        self._by_name: dict[str, EnginePattern] = {}

    def assemble(self, chosen: tuple[tuple[Alternative, ...], ...]) -> list[EnginePattern]:
        for pattern, conjunctions in zip(self._rule.patterns, chosen, strict=True):
            for conjunction in conjunctions:
                if pattern.negated:
                    self._none(pattern, conjunction)
                else:
                    self._each(pattern, conjunction)
        return self._patterns

    def _begin(self, pattern: Pattern, kind: Kind) -> EnginePattern:
        made = EnginePattern(
            alias=f"p{len(self._patterns)}",
            code=self._vocabulary.code(kind),
            negated=pattern.negated,
            clauses=[],
            name=pattern.name,
        )
        self._patterns.append(made)
        made.clauses += [
            Clause(key=ORDINAL, operator="!=", operand=Ordinal(name=other.name))
            for other in self._rule.bound
            if other.fact_type == pattern.fact_type and other.name in self._by_name
        ]
        return made

    def _each(self, pattern: Pattern, steps: Alternative) -> None:
        made = self._begin(pattern, Kind(fact_type=pattern.fact_type))
        self._by_name[pattern.name] = made
        members = [one for one in steps if isinstance(one, Member)]
        for step in steps:
            if isinstance(step, Clause):
                made.clauses.append(step)
            elif isinstance(step, Guard):
                known = Clause(key=step.property.known, operator="==", operand=_YES)
                if known not in self._by_name[step.name].clauses:
                    self._by_name[step.name].clauses.append(known)
        for member in members:
            self._member(member)

    def _member(self, member: Member) -> None:
        kind = Kind(fact_type=member.fact_type, shadow=member.negated, each_of=member.field)
        self._patterns.append(
            EnginePattern(
                alias=f"p{len(self._patterns)}",
                code=self._vocabulary.code(kind),
                negated=member.negated,
                clauses=[
                    Clause(key=ORDINAL, operator="==", operand=Ordinal(name=member.name)),
                    Clause(key=ELEMENT, operator="==", operand=member.element),
                ],
            )
        )

    def _none(self, pattern: Pattern, steps: Alternative) -> None:
        members = [one for one in steps if isinstance(one, Member)]
        if len(members) > 1 or any(one.negated or one.name != pattern.name for one in members):
            raise LimitError(
                "within `none`, a text of another fact can be looked for in one list field of "
                "the fact that `none` names, and in no other way"
            )
        listed = members[0].field if members else None
        kind = Kind(fact_type=pattern.fact_type, shadow=True, each_of=listed)
        made = self._begin(pattern, kind)
        for step in steps:
            if isinstance(step, Clause):
                made.clauses.append(step)
            elif isinstance(step, Guard) and step.name == pattern.name:
                made.clauses.append(Clause(key=step.property.known, operator="==", operand=_YES))
            elif isinstance(step, Guard):
                known = Ref(name=step.name, of=step.property, part="known")
                made.clauses.append(Clause(key=UNIT, operator="==", operand=known))
            else:
                made.clauses.append(Clause(key=ELEMENT, operator="==", operand=step.element))
