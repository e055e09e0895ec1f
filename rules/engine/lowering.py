"""
A rule becomes engine rules that the engine answers rightly.

`or` becomes several rules, since the engine's own counts branches and loses joins; `none`
looks at shadow copies shown first; every comparison asks first whether its data are known;
no name binds a fact that another holds; lists are looked at element by element; much that
is asked of one fact is one question.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import product

from rules import syntax
from rules.engine.operand import Operands, names_of
from rules.engine.rule import (
    ELEMENT,
    MAX_ALTERNATIVES,
    NOUGHT,
    ORDINAL,
    UNIT,
    Apart,
    Clause,
    EnginePattern,
    EngineRule,
    Guard,
    LimitError,
    Member,
    Operand,
    Ordinal,
    Ref,
    Whole,
    engine_rule,
    refs,
)
from rules.engine.scaling import scale_of
from rules.engine.vocabulary import NO_TYPE, Kind, Part, Vocabulary
from rules.kind import kind_of
from rules.resolving import ResolvedRule
from rules.rule import Pattern
from rules.syntax import Condition

Step = Clause | Guard | Member | Apart
Alternative = tuple[Step, ...]
MAX_BRANCHES, MAX_PARTS = 3, 12
_YES, _NO = Whole(number=1), Whole(number=0)
_HOW_MANY = f"`or` and `in` give more than {MAX_ALTERNATIVES} alternatives; split the rule"


def lower(rule: ResolvedRule, vocabulary: Vocabulary, prefix: str) -> tuple[EngineRule, ...]:
    """
    Return the engine rules, `prefix#k`, of which any one firing is *rule* firing.

    Raises `LimitError` when the rule cannot be put to the engine safely.
    """
    lowering = _Lowering(rule, vocabulary)
    return tuple(
        engine_rule(f"{prefix}#{number}", rule.rule.unit, patterns)
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
            found = self._conjunction(pattern.where, pattern.name)
            branches.append([tuple(found)] if pattern.negated else [(one,) for one in found])
            count *= len(branches[-1])
            if count > MAX_ALTERNATIVES:
                raise LimitError(_HOW_MANY)
        for chosen in product(*branches):
            yield _Assembly(self._rule, self._vocabulary).assemble(chosen)

    def _branches(self, condition: Condition, own: str) -> list[Alternative]:
        """Return the conjunctions of which any one makes *condition* hold."""
        match condition:
            case syntax.All() | syntax.Some() if _wide(condition):
                return [self._judged(condition, own)]
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
        field = condition.field
        found = self._operands.one(field, scale_of(field, self._rule.scope))
        wanted = _YES if condition.present else _NO
        if field.name == own:
            return (Clause(key=found.of.known, operator="==", operand=wanted),)
        known = Ref(name=field.name, of=found.of, side="known")
        key = UNIT if condition.present else NOUGHT
        return (Clause(key=key, operator="==", operand=known),)

    def _comparison(self, condition: syntax.Comparison, own: str) -> list[Alternative]:
        left, right = condition.left, condition.right
        names = names_of(condition)
        literal = not names_of(left) or not names_of(right)
        if len(names) == 1 and not (literal and names == {own}):
            return [self._judged(condition, own)]
        compared = self._compared(condition, own)
        one, two = self._operands.currencies(left), self._operands.currencies(right)
        within = [
            step
            for pivot, *others in filter(None, (one, two))
            for other in others
            for step in self._currency(pivot, "==", other, own)
        ]
        if not one or not two:
            return [(*within, *compared)]
        same = self._currency(one[0], "==", two[0], own)
        if condition.operator != "!=":
            return [(*within, *same, *compared)]
        other = self._currency(one[0], "!=", two[0], own)
        known = [step for step in compared if isinstance(step, Guard)]
        return [(*within, *known, *other), (*within, *same, *compared)]

    def _judged(self, condition: Condition, own: str) -> Alternative:
        """What rests on one fact is judged before the engine sees it."""
        found = self._operands.one(condition)
        wanted = not (isinstance(condition, syntax.Membership) and condition.negated)
        if found.name == own:
            clause = Clause(key=found.key, operator="==", operand=_YES if wanted else _NO)
        else:
            clause = Clause(key=UNIT if wanted else NOUGHT, operator="==", operand=found)
        return (Guard(name=found.name, property=found.of), clause)

    def _currency(
        self, left: syntax.Term, operator: syntax.Operator, right: syntax.Term, own: str
    ) -> Alternative:
        (found,) = self._comparison(
            syntax.Comparison(operator=operator, left=left, right=right), own
        )
        return found

    def _compared(self, condition: syntax.Comparison, own: str) -> Alternative:
        """Bring what reads the pattern's own fact to one side, the rest to the other."""
        left, right = condition.left, condition.right
        scale = max(scale_of(left, self._rule.scope), scale_of(right, self._rule.scope))
        literal = not names_of(left) or not names_of(right)
        if scale and literal and names_of(condition) == {own}:
            return self._stepped(condition, scale)
        one = list(self._operands.parts(left, 1))
        two = list(self._operands.parts(right, -1))
        mine = [part for part in (*one, *two) if names_of(part.term) == {own}]
        rest = [part for part in (*one, *two) if part not in mine]
        apart = any(own in names_of(part.term) for part in rest) or (
            kind_of(left, self._rule.scope) == "money"
            and any(part in one for part in mine)
            and any(part in two for part in mine)
        )
        if apart or not mine:
            total = self._operands.total((*one, *two), scale)
            clause = Clause(key=NOUGHT, operator=syntax.MIRRORED[condition.operator], operand=total)
            return (*_guards(total), Apart(clause=clause) if apart else clause)
        operator = condition.operator
        if mine[0].factor > 0:
            rest = _turned(rest)
        else:
            mine, operator = _turned(mine), syntax.MIRRORED[operator]
        held, against = self._operands.property(mine, scale), self._operands.total(rest, scale)
        clause = Clause(key=held.key, operator=operator, operand=against)
        return (*_guards(held), *_guards(against), clause)

    def _stepped(self, condition: syntax.Comparison, scale: int) -> Alternative:
        """What is held against a literal may have more decimals than the engine is shown."""
        held, literal, operator = condition.left, condition.right, condition.operator
        if not names_of(held):
            held, literal, operator = literal, held, syntax.MIRRORED[operator]
        found = self._operands.property([Part(factor=1, term=held)], scale, stepped=True)
        against = self._operands.step(literal, scale)
        return (*_guards(found), Clause(key=found.key, operator=operator, operand=against))

    def _membership(self, condition: syntax.Membership, own: str) -> Alternative:
        collection = condition.collection
        names = names_of(condition.element)
        if names <= {collection.name}:
            return self._judged(condition, own)
        element = self._operands.one(condition.element)
        listed = self._operands.one(collection)
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


def _wide(condition: syntax.All | syntax.Some) -> bool:
    """Much that is asked of one fact is one question, judged before the engine sees it."""
    most = MAX_BRANCHES if isinstance(condition, syntax.Some) else MAX_PARTS
    return len(condition.parts) > most and len(names_of(condition)) == 1


def _guards(operand: Operand) -> Iterator[Guard]:
    for one in refs(operand):
        yield Guard(name=one.name, property=one.of)


def _turned(parts: list[Part]) -> list[Part]:
    return [Part(factor=-one.factor, term=one.term) for one in parts]


class _Assembly:
    """Puts one alternative's steps into engine patterns."""

    def __init__(self, rule: ResolvedRule, vocabulary: Vocabulary) -> None:
        self._rule = rule
        self._vocabulary = vocabulary
        self._patterns: list[EnginePattern] = []
        self._by_name: dict[str, EnginePattern] = {}
        self._apart: list[Clause] = []
        self._asked: Counter[tuple[str, str]] = Counter()

    def assemble(self, chosen: tuple[tuple[Alternative, ...], ...]) -> list[EnginePattern]:
        for pattern, conjunctions in zip(self._rule.patterns, chosen, strict=True):
            for conjunction in conjunctions:
                if pattern.negated:
                    self._none(pattern, conjunction)
                else:
                    self._each(pattern, conjunction)
        if self._apart:
            self._patterns.append(
                EnginePattern(
                    alias=f"p{len(self._patterns)}",
                    code=self._vocabulary.code(NO_TYPE),
                    negated=False,
                    clauses=self._apart,
                )
            )
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
            elif isinstance(step, Apart):
                self._apart.append(step.clause)
            elif isinstance(step, Guard):
                known = Clause(key=step.property.known, operator="==", operand=_YES)
                if known not in self._by_name[step.name].clauses:
                    self._by_name[step.name].clauses.append(known)
        for member in members:
            self._member(member)

    def _member(self, member: Member) -> None:
        asked = (member.name, member.field)
        kind = Kind(
            fact_type=member.fact_type,
            shadow=member.negated,
            each_of=member.field,
            copy=0 if member.negated else self._asked[asked],
        )
        self._asked[asked] += not member.negated
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
                known = Ref(name=step.name, of=step.property, side="known")
                made.clauses.append(Clause(key=UNIT, operator="==", operand=known))
            elif isinstance(step, Apart):
                raise LimitError(
                    "within `none`, the fact's own values and another's cannot be multiplied, "
                    "nor its own amounts stand on both sides"
                )
            else:
                made.clauses.append(Clause(key=ELEMENT, operator="==", operand=step.element))
