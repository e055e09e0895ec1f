"""
Names and types of a rule are settled here: what is left means exactly one thing.

Texts become the dates and decimals that their other side asks for, `not` is pushed down
to the comparisons, and whatever does not fit is a `Problem` with its place.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from rules import syntax
from rules.decision import Value
from rules.expression import suggest
from rules.fact import FactType, FieldType
from rules.instant import InstantError, parse_instant
from rules.language import MoneyClause, Pattern, Rule
from rules.money import Money, MoneyError, decimal
from rules.refusal import Problem
from rules.syntax import Condition, Place, Term
from rules.template import Template

Scope = Mapping[str, FactType]
NUMBERS: tuple[FieldType, ...] = ("integer", "decimal")
_UNORDERED: tuple[FieldType, ...] = ("text", "boolean")
_DAY = timedelta(days=1)


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


class _MisfitError(Exception):
    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


def resolve_rule(
    rule: Rule, fact_types: Mapping[str, FactType]
) -> ResolvedRule | tuple[Problem, ...]:
    """Return *rule* with its names and types settled, or every problem that it has."""
    return _Resolver(rule, fact_types).resolve()


def kind_of(term: Term, scope: Scope) -> FieldType:
    """Return the type of a resolved *term*."""
    match term:
        case syntax.Field():
            return scope[term.name].field(term.field) or "text"
        case syntax.Literal():
            return _kind_of_literal(term.value)
        case syntax.CurrencyOf():
            return "text"
        case syntax.Arithmetic():
            left, right = kind_of(term.left, scope), kind_of(term.right, scope)
            return _RESULTS[term.operator, left, right]


def _kind_of_literal(value: Value) -> FieldType:
    for python, kind in _KINDS:
        if isinstance(value, python):
            return kind
    return "texts"


_KINDS: tuple[tuple[type, FieldType], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (str, "text"),
    (Decimal, "decimal"),
    (Money, "money"),
    (datetime, "instant"),
    (date, "date"),
    (timedelta, "duration"),
)


def _results() -> dict[tuple[str, FieldType, FieldType], FieldType]:
    found: dict[tuple[str, FieldType, FieldType], FieldType] = {
        ("-", "instant", "instant"): "duration",
        ("-", "date", "date"): "duration",
        ("+", "duration", "instant"): "instant",
        ("+", "duration", "date"): "date",
        ("*", "integer", "duration"): "duration",
        ("*", "duration", "integer"): "duration",
    }
    for sign in ("+", "-"):
        found[sign, "instant", "duration"] = "instant"
        found[sign, "date", "duration"] = "date"
        found[sign, "money", "money"] = "money"
        found[sign, "duration", "duration"] = "duration"
    for left in NUMBERS:
        found["*", left, "money"] = found["*", "money", left] = "money"
        for right in NUMBERS:
            for sign in ("+", "-", "*"):
                both = (left, right) == ("integer", "integer")
                found[sign, left, right] = "integer" if both else "decimal"
    return found


_RESULTS = _results()


class _Resolver:
    def __init__(self, rule: Rule, fact_types: Mapping[str, FactType]) -> None:
        self._rule = rule
        self._fact_types = fact_types
        self._problems: list[Problem] = []
        self._scope: dict[str, FactType] = {}
        self._hidden: set[str] = set()

    def resolve(self) -> ResolvedRule | tuple[Problem, ...]:
        patterns = tuple(self._pattern(one) for one in self._rule.when)
        reason = self._reason()
        money = self._money()
        self._named("occurrence", self._rule.occurrence)
        self._clock()
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
        self._scope[pattern.name] = fact_type or _ANYTHING
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
            return self._condition(condition, holds=True)
        except _MisfitError as error:
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
            return self._term(term)[0]
        except _MisfitError as error:
            self._problem(pointer, error.place, error.message)
            return None

    def _money(self) -> MoneyClause:
        found: dict[str, Term] = {}
        for member, term in self._rule.money.terms.items():
            wanted: FieldType = "instant" if member == "delayed_since" else "money"
            pointer = f"/money/{member}"
            try:
                found[member], kind = self._term(term)
            except _MisfitError as error:
                self._problem(pointer, error.place, error.message)
                continue
            if kind not in (wanted, _UNTYPED):
                written = syntax.render_term(term)
                self._problem(
                    pointer, term.place, f"{written} is {_article(kind)}; {member} is {wanted}"
                )
        return MoneyClause(**found)

    def _named(self, member: str, name: str) -> None:
        if name not in self._scope:
            self._problem(f"/{member}", self._rule.place(member), self._unbound(name))

    def _clock(self) -> None:
        name = self._rule.clock
        if name is None:
            return
        self._named("clock", name)
        kind = self._scope.get(name)
        if kind is not None and kind.name not in ("clock", _ANYTHING.name):
            self._problem(
                "/clock", self._rule.place("clock"), f"{name!r} is a {kind.name}, not a clock"
            )

    def _unbound(self, name: str) -> str:
        if name in self._hidden:
            return f"{name!r} is bound by `none`: there is no such fact to speak of"
        known = ", ".join(sorted(self._scope))
        return f"nothing is named {name!r}{suggest(name, self._scope) or f'; bound are {known}'}"

    def _condition(self, condition: Condition, *, holds: bool) -> Condition:
        match condition:
            case syntax.Not():
                return self._condition(condition.part, holds=not holds)
            case syntax.All() | syntax.Some():
                return self._several(condition, holds=holds)
            case syntax.Comparison():
                return self._comparison(condition, holds=holds)
            case syntax.Membership():
                return self._membership(condition, holds=holds)
            case syntax.Presence():
                self._field(condition.field)
                present = condition.present == holds
                return msgspec.structs.replace(condition, present=present)

    def _several(self, condition: syntax.All | syntax.Some, *, holds: bool) -> Condition:
        parts = tuple(self._condition(one, holds=holds) for one in condition.parts)
        if isinstance(condition, syntax.All) == holds:
            return syntax.All(parts=parts, place=condition.place)
        return syntax.Some(parts=parts, place=condition.place)

    def _comparison(self, condition: syntax.Comparison, *, holds: bool) -> Condition:
        left, kind = self._term(condition.left)
        right, other = self._term(condition.right)
        left, right = _coerced(left, other), _coerced(right, kind)
        written = condition.operator if holds else syntax.OPPOSITE[condition.operator]
        if not (syntax.fields_of(left) or syntax.fields_of(right)):
            raise _MisfitError("this compares two literals; name a field", condition.place)
        if _UNTYPED not in (kind, other):
            self._comparable(left, right, condition)
        return msgspec.structs.replace(condition, operator=written, left=left, right=right)

    def _comparable(self, left: Term, right: Term, condition: syntax.Comparison) -> None:
        kind, other = kind_of(left, self._scope), kind_of(right, self._scope)
        sides = {kind, other}
        if "texts" in sides:
            raise _MisfitError(
                'a list is not compared; ask whether it holds a text: "x" in t.tags',
                condition.place,
            )
        if sides == {"date", "instant"}:
            raise _MisfitError(
                "a date has no time of day and no zone; compare dates with dates", condition.place
            )
        if sides == {"money", "integer"} and (_is_zero(left) or _is_zero(right)):
            return
        if kind != other and not sides <= set(NUMBERS):
            hint = '; write money("100.00", "EUR")' if "money" in sides else ""
            raise _MisfitError(
                f"{syntax.render_term(left)} is {_article(kind)} and "
                f"{syntax.render_term(right)} is {_article(other)}{hint}",
                condition.place,
            )
        if kind in _UNORDERED and condition.operator not in ("==", "!="):
            raise _MisfitError(
                f"a {kind} has no order here; compare it with == or !=", condition.place
            )

    def _membership(self, condition: syntax.Membership, *, holds: bool) -> Condition:
        element, kind = self._term(condition.element)
        collection = self._field(condition.collection)
        if collection not in ("texts", _UNTYPED):
            raise _MisfitError(
                f"{syntax.render_term(condition.collection)} is {_article(collection)}, not a list",
                condition.collection.place,
            )
        if kind not in ("text", _UNTYPED):
            raise _MisfitError(
                f"{syntax.render_term(condition.element)} is {_article(kind)}; lists hold texts",
                condition.place,
            )
        return msgspec.structs.replace(
            condition, element=element, negated=condition.negated == holds
        )

    def _field(self, field: syntax.Field) -> FieldType:
        fact_type = self._scope.get(field.name)
        if fact_type is None:
            raise _MisfitError(self._unbound(field.name), field.place)
        if fact_type is _ANYTHING:
            return _UNTYPED
        kind = fact_type.field(field.field)
        if kind is None:
            known = ", ".join(sorted(fact_type.fields)) or "none"
            hint = suggest(field.field, fact_type.fields) or f"; known are {known}"
            raise _MisfitError(
                f"a {fact_type.name} has no field {field.field!r}{hint}", field.place
            )
        return kind

    def _term(self, term: Term) -> tuple[Term, FieldType]:
        match term:
            case syntax.Field():
                return term, self._field(term)
            case syntax.Literal():
                return term, _kind_of_literal(term.value)
            case syntax.CurrencyOf():
                return self._currency(term)
            case syntax.Arithmetic():
                return self._arithmetic(term)

    def _currency(self, term: syntax.CurrencyOf) -> tuple[Term, FieldType]:
        kind = self._field(term.money)
        if kind not in ("money", _UNTYPED):
            raise _MisfitError(
                f"{syntax.render_term(term.money)} is {_article(kind)}; only money has a currency",
                term.place,
            )
        return term, "text"

    def _arithmetic(self, term: syntax.Arithmetic) -> tuple[Term, FieldType]:
        left, kind = self._term(term.left)
        right, other = self._term(term.right)
        if _UNTYPED in (kind, other):
            return term, _UNTYPED
        left, right = _coerced(left, other), _coerced(right, kind)
        kind, other = kind_of(left, self._scope), kind_of(right, self._scope)
        result = _RESULTS.get((term.operator, kind, other))
        if result is None:
            raise _MisfitError(
                f"{_article(kind)} {term.operator} {_article(other)} means nothing", term.place
            )
        if result == "date" and not any(map(_whole_days, (left, right))):
            raise _MisfitError("only whole days are added to a date, e.g. days(3)", term.place)
        return msgspec.structs.replace(term, left=left, right=right), result


_ANYTHING = FactType(name="?", fields={})
_UNTYPED: FieldType = "?"  # type: ignore[assignment]


def _article(kind: FieldType) -> str:
    names = {"integer": "an integer", "instant": "an instant", "texts": "a list of texts"}
    return names.get(kind, "money" if kind == "money" else f"a {kind}")


def _is_zero(term: Term) -> bool:
    return isinstance(term, syntax.Literal) and term.value == 0 and type(term.value) is int


def _whole_days(term: Term) -> bool:
    return (
        isinstance(term, syntax.Literal)
        and isinstance(term.value, timedelta)
        and term.value % _DAY == timedelta()
    )


def _coerced(term: Term, wanted: FieldType) -> Term:
    """Let a text literal be the date, instant or decimal that its other side is."""
    if not isinstance(term, syntax.Literal) or not isinstance(term.value, str):
        return term
    read = _READERS.get(wanted)
    if read is None:
        return term
    try:
        return syntax.Literal(value=read(term.value), place=term.place)
    except (ValueError, InstantError, MoneyError) as error:
        raise _MisfitError(f'"{term.value}" is no {wanted}: {error}', term.place) from error


_READERS: dict[FieldType, Callable[[str], Value]] = {
    "decimal": decimal,
    "integer": decimal,
    "date": date.fromisoformat,
    "instant": parse_instant,
}
