"""
Names and types of a rule are settled here: what is left means exactly one thing.

Whatever does not fit is a `Problem` with its place.
"""

from collections.abc import Mapping

import msgspec

from rules import syntax
from rules.derived.field import DerivedFields
from rules.expression import suggest
from rules.fact import FactType, FieldType
from rules.kind import ANYTHING, UNTYPED, MisfitError, article
from rules.meaning import Meaning
from rules.refusal import Problem
from rules.rule import MoneyClause, Pattern, Rule
from rules.syntax import Condition, Place, Term
from rules.template import Template


class ResolvedRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule whose every name and type is settled; `patterns` hold no `Not`."""

    rule: Rule
    patterns: tuple[Pattern, ...]
    reason: Template
    money: MoneyClause
    scope: dict[str, FactType]

    @property
    def bound(self) -> tuple[Pattern, ...]:
        """The patterns that bind a fact: every `each`."""
        return tuple(one for one in self.patterns if not one.negated)


def resolve_rule(
    rule: Rule, fact_types: Mapping[str, FactType], derived: DerivedFields | None = None
) -> ResolvedRule | tuple[Problem, ...]:
    """
    Return *rule* with its names and types settled, or every problem that it has.

    *derived* takes what is to be worked out before the rule is asked.
    """
    return _Resolver(rule, derived or DerivedFields(fact_types)).resolve()


class _Resolver:
    def __init__(self, rule: Rule, derived: DerivedFields) -> None:
        self._rule = rule
        self._fact_types = derived.types
        self._problems: list[Problem] = []
        self._meaning = Meaning(derived)
        self._scope = self._meaning.scope
        self._hidden = self._meaning.hidden

    def resolve(self) -> ResolvedRule | tuple[Problem, ...]:
        patterns = tuple(self._pattern(one) for one in self._rule.when)
        spoken = self._rule.occurrence
        self._meaning.home = spoken if spoken in self._scope else self._rule.when[0].name
        self._meaning.loose = True
        reason = self._reason()
        money = self._money()
        self._named("occurrence", self._rule.occurrence)
        self._clock()
        self._applies()
        if self._problems:
            return tuple(self._problems)
        bound = {one.name: self._fact_types[one.fact_type] for one in patterns}
        return ResolvedRule(
            rule=self._rule, patterns=patterns, reason=reason, money=money, scope=bound
        )

    def _problem(self, pointer: str, place: Place, message: str) -> None:
        self._problems.append(
            Problem(
                pointer=f"{self._rule.pointer}{pointer}",
                detail=message,
                line=place.line,
                column=place.column,
            )
        )

    def _pattern(self, pattern: Pattern) -> Pattern:
        relative = pattern.pointer.removeprefix(self._rule.pointer)
        fact_type = self._fact_types.get(pattern.fact_type)
        if fact_type is None:
            known = ", ".join(sorted(self._fact_types)) or "none"
            hint = suggest(pattern.fact_type, self._fact_types) or f"; known are {known}"
            self._problem(
                relative, pattern.place, f"there is no fact type {pattern.fact_type!r}{hint}"
            )
        if pattern.name in self._scope or pattern.name in self._hidden:
            self._problem(relative, pattern.place, f"the name {pattern.name!r} is bound twice")
        self._scope[pattern.name] = fact_type or ANYTHING
        self._meaning.home = pattern.name
        where = [
            found
            for index, one in enumerate(pattern.where)
            if (found := self._where(one, f"{relative}/where/{index}")) is not None
        ]
        if pattern.negated:
            del self._scope[pattern.name]
            self._hidden.add(pattern.name)
        return msgspec.structs.replace(pattern, where=tuple(where))

    def _where(self, condition: Condition, pointer: str) -> Condition | None:
        try:
            return self._meaning.condition(condition, holds=True)
        except MisfitError as error:
            self._problem(pointer, error.place, error.message)
            return None

    def _reason(self) -> Template:
        parts: list[str | Term] = []
        for part in self._rule.reason.parts:
            term = part if isinstance(part, str) else self._stated(part, "/reason")
            if term is not None:
                parts.append(term)
        return Template(parts=tuple(parts))

    def _stated(self, term: Term, pointer: str) -> Term | None:
        try:
            return self._meaning.term(term)[0]
        except MisfitError as error:
            self._problem(pointer, error.place, error.message)
            return None

    def _money(self) -> MoneyClause:
        found: dict[str, Term] = {}
        for member, term in self._rule.money.terms.items():
            wanted: FieldType = "instant" if member == "delayed_since" else "money"
            pointer = f"/money/{member}"
            try:
                found[member], kind = self._meaning.term(term)
            except MisfitError as error:
                self._problem(pointer, error.place, error.message)
                continue
            if kind not in (wanted, UNTYPED):
                written = syntax.render_term(term)
                self._problem(
                    pointer, term.place, f"{written} is {article(kind)}; {member} is {wanted}"
                )
        return MoneyClause(**found)

    def _named(self, member: str, name: str) -> None:
        if name not in self._scope:
            self._problem(f"/{member}", self._rule.place(member), self._meaning.unbound(name))

    def _applies(self) -> None:
        for one in self._rule.applies:
            pointer = one.pointer.removeprefix(self._rule.pointer)
            fact_type = self._fact_types.get(one.fact_type)
            kind = fact_type.field(one.field) if fact_type is not None else None
            if fact_type is None:
                hint = suggest(one.fact_type, self._fact_types)
                self._problem(pointer, one.place, f"there is no fact type {one.fact_type!r}{hint}")
            elif kind != "text":
                hint = suggest(one.field, fact_type.fields)
                told = f"{article(kind)}, not a text" if kind else f"no field of {one.fact_type}"
                self._problem(pointer, one.place, f"{one.field!r} is {told}{hint}")

    def _clock(self) -> None:
        name = self._rule.clock
        if name is None:
            return
        self._named("clock", name)
        kind = self._scope.get(name)
        if kind is not None and kind.name not in ("clock", ANYTHING.name):
            self._problem(
                "/clock", self._rule.place("clock"), f"{name!r} is a {kind.name}, not a clock"
            )
