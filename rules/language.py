"""
A rule set is a governed YAML document; here it becomes a typed value.

Reading settles words and grammar; whether its names and types mean anything is
settled by `rules.checking` against the fact types.
"""

import keyword
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from rules.document import DocumentError, convert, read_yaml
from rules.expression import read_condition, read_term
from rules.syntax import Condition, Place, Term
from rules.template import Template, read_template

MAX_RULES = 200
Severity = Literal["critical", "high", "medium", "low"]
Outcome = Literal["blocked", "warning"]
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?")
_BINDING = re.compile(r"([a-z][a-z0-9_-]*)\s+as\s+([A-Za-z_][A-Za-z0-9_]*)")


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """`each` binds *name* to every fact that fits; `negated` (`none`) asks that none does."""

    fact_type: str
    name: str
    negated: bool
    where: tuple[Condition, ...]
    pointer: str = ""
    place: Place = Place()


class MoneyClause(msgspec.Struct, frozen=True, kw_only=True):
    blocked: Term | None = None
    exposure: Term | None = None
    delayed_since: Term | None = None

    @property
    def terms(self) -> dict[str, Term]:
        named = {
            "blocked": self.blocked,
            "exposure": self.exposure,
            "delayed_since": self.delayed_since,
        }
        return {name: term for name, term in named.items() if term is not None}


class ExpectedFiring(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A firing that a test case expects; a figure that is not given is not compared."""

    occurrence: str
    blocked: dict[str, str] | None = None
    exposure: dict[str, str] | None = None
    reason: str | None = None


class TestCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each mapping of `given` is a fact: its first key names the type, its value the id."""

    __test__ = False

    name: str
    given: tuple[dict[str, Any], ...]
    fires: tuple[str | ExpectedFiring, ...]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    rule: str
    version: str
    title: str
    severity: Severity
    type: str
    when: tuple[Pattern, ...]
    outcome: Outcome
    reason: Template
    occurrence: str
    question: str = ""
    rationale: str = ""
    owner: str | None = None
    money: MoneyClause = MoneyClause()
    clock: str | None = None
    tests: tuple[TestCase, ...] = ()
    pointer: str = ""
    places: dict[str, Place] = {}

    def place(self, member: str) -> Place:
        """Return where *member* (`reason`, `money/blocked`…) stands in the document."""
        return self.places.get(member, self.places.get("", Place()))


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    ruleset: str
    version: str
    title: str
    process: str
    rules: tuple[Rule, ...]
    owner: str | None = None


class _PatternDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    each: str | None = None
    none: str | None = None
    where: tuple[str | bool, ...] | str = ()


class _MoneyDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    blocked: str | None = None
    exposure: str | None = None
    delayed_since: str | None = None


class _RuleDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rule: str
    version: str
    title: str
    severity: Severity
    type: str
    when: tuple[_PatternDocument, ...]
    outcome: Outcome
    reason: str
    question: str = ""
    rationale: str = ""
    owner: str | None = None
    occurrence: str | None = None
    money: _MoneyDocument = _MoneyDocument()
    clock: str | None = None
    tests: tuple[TestCase, ...] = ()


class _RuleSetDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ruleset: str
    version: str
    title: str
    process: str
    rules: tuple[_RuleDocument, ...]
    owner: str | None = None


class _Places:
    """Where the texts of a document begin, quotation marks left out."""

    def __init__(self, text: str, positions: Mapping[str, tuple[int, int]]) -> None:
        self._lines = text.splitlines()
        self._positions = positions

    def of(self, pointer: str) -> Place:
        while pointer and pointer not in self._positions:
            pointer = pointer.rpartition("/")[0]
        line, column = self._positions.get(pointer, (0, 0))
        if 0 < line <= len(self._lines):
            first = self._lines[line - 1][column - 1 : column]
            column += first in ("'", '"')
        return Place(line=line, column=column)

    def error(self, pointer: str, message: str) -> DocumentError:
        place = self.of(pointer)
        return DocumentError(message, line=place.line, column=place.column, pointer=pointer)


def read_ruleset(text: str | bytes) -> RuleSet:
    """Return the rule set that *text* writes down; raise `DocumentError` at what is amiss."""
    data, positions = read_yaml(text)
    document = convert(data, _RuleSetDocument, positions)
    places = _Places(text.decode() if isinstance(text, bytes) else text, positions)
    _identified(places, "", "ruleset", document.ruleset)
    _versioned(places, "", document.version)
    if not document.rules:
        raise places.error("/rules", "a rule set needs at least one rule")
    if len(document.rules) > MAX_RULES:
        raise places.error("/rules", f"a rule set has at most {MAX_RULES} rules; split it")
    return RuleSet(
        ruleset=document.ruleset,
        version=document.version,
        title=document.title,
        process=document.process,
        owner=document.owner,
        rules=tuple(
            _rule(one, f"/rules/{index}", places) for index, one in enumerate(document.rules)
        ),
    )


def _identified(places: _Places, pointer: str, member: str, name: str) -> None:
    if not _KEBAB.fullmatch(name):
        raise places.error(f"{pointer}/{member}", f"{name!r} is no kebab-case id, e.g. late-time")


def _versioned(places: _Places, pointer: str, version: str) -> None:
    if not _VERSION.fullmatch(version):
        raise places.error(f"{pointer}/version", f"{version!r} is no semantic version, e.g. 1.0.0")


def _rule(document: _RuleDocument, pointer: str, places: _Places) -> Rule:
    _identified(places, pointer, "rule", document.rule)
    _versioned(places, pointer, document.version)
    when = tuple(
        _pattern(one, f"{pointer}/when/{index}", places) for index, one in enumerate(document.when)
    )
    if not when or when[0].negated:
        raise places.error(f"{pointer}/when", "a rule begins with `each`: what is it about?")
    members = (
        "reason",
        "occurrence",
        "clock",
        *(f"money/{m}" for m in MoneyClause().__struct_fields__),
    )
    at = {one: places.of(f"{pointer}/{one}") for one in members}
    return Rule(
        rule=document.rule,
        version=document.version,
        title=document.title,
        severity=document.severity,
        type=document.type,
        when=when,
        outcome=document.outcome,
        reason=_placed(read_template, document.reason, f"{pointer}/reason", places),
        occurrence=document.occurrence or when[0].name,
        question=document.question,
        rationale=document.rationale,
        owner=document.owner,
        money=_money(document.money, f"{pointer}/money", places),
        clock=document.clock,
        tests=document.tests,
        pointer=pointer,
        places={"": places.of(pointer), **at},
    )


def _pattern(document: _PatternDocument, pointer: str, places: _Places) -> Pattern:
    if (document.each is None) == (document.none is None):
        raise places.error(pointer, "a pattern is either `each` or `none`")
    binding = document.each if document.each is not None else document.none
    bound = _BINDING.fullmatch((binding or "").strip())
    if bound is None or keyword.iskeyword(bound.group(2)):
        raise places.error(pointer, f"{binding!r} is no binding; write e.g. `timesheet as t`")
    written = (document.where,) if isinstance(document.where, str) else document.where
    where = []
    for index, one in enumerate(written):
        at = f"{pointer}/where/{index}"
        if isinstance(one, bool):
            raise places.error(at, f"{str(one).lower()} alone is no condition")
        where.append(_placed(read_condition, one, at, places))
    return Pattern(
        fact_type=bound.group(1),
        name=bound.group(2),
        negated=document.none is not None,
        where=tuple(where),
        pointer=pointer,
        place=places.of(pointer),
    )


def _money(document: _MoneyDocument, pointer: str, places: _Places) -> MoneyClause:
    def term(member: str, text: str | None) -> Term | None:
        return _placed(read_term, text, f"{pointer}/{member}", places) if text else None

    return MoneyClause(
        blocked=term("blocked", document.blocked),
        exposure=term("exposure", document.exposure),
        delayed_since=term("delayed_since", document.delayed_since),
    )


def _placed(read: Any, text: str, pointer: str, places: _Places) -> Any:
    try:
        return read(text, places.of(pointer))
    except DocumentError as error:
        raise DocumentError(
            error.message, line=error.line, column=error.column, pointer=pointer
        ) from error
