"""
A rule set is a governed YAML document; here it becomes a typed value.

Reading settles words and grammar; whether its names and types mean anything is
settled by `rules.checking` against the fact types.
"""

import keyword
import re

from rules.document import convert, read_yaml
from rules.expression import read_condition, read_formula
from rules.rule import (
    Applicability,
    Derivation,
    Effective,
    MoneyClause,
    Pattern,
    Rule,
    RuleSet,
)
from rules.table import read_money_clause, read_table
from rules.template import read_template
from rules.written import (
    DerivedDocument,
    PatternDocument,
    Places,
    RuleDocument,
    RuleSetDocument,
    placed,
)

MAX_RULES = 1_000
MAX_BYTES = 2 * 1024 * 1024
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?")
_OF_THE_CASE = ("process", "stage")
_FIELD = re.compile(r"[a-z][a-z0-9_]*")
_BINDING = re.compile(r"([a-z][a-z0-9_-]*)\s+as\s+([A-Za-z_][A-Za-z0-9_]*)")


def read_ruleset(text: str | bytes) -> RuleSet:
    """Return the rule set that *text* writes down; raise `DocumentError` at what is amiss."""
    data, positions = read_yaml(text, MAX_BYTES)
    document = convert(data, RuleSetDocument, positions)
    places = Places(text.decode() if isinstance(text, bytes) else text, positions)
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
        calendar=document.calendar,
        derived=tuple(
            _derivation(one, f"/derived/{index}", places)
            for index, one in enumerate(document.derived)
        ),
        rules=tuple(
            _rule(one, f"/rules/{index}", places) for index, one in enumerate(document.rules)
        ),
    )


def _identified(places: Places, pointer: str, member: str, name: str) -> None:
    if not _KEBAB.fullmatch(name):
        raise places.error(f"{pointer}/{member}", f"{name!r} is no kebab-case id, e.g. late-time")


def _versioned(places: Places, pointer: str, version: str) -> None:
    if not _VERSION.fullmatch(version):
        raise places.error(f"{pointer}/version", f"{version!r} is no semantic version, e.g. 1.0.0")


def _rule(document: RuleDocument, pointer: str, places: Places) -> Rule:
    _identified(places, pointer, "rule", document.rule)
    _versioned(places, pointer, document.version)
    when = tuple(
        _pattern(one, f"{pointer}/when/{index}", places) for index, one in enumerate(document.when)
    )
    if not when or when[0].negated:
        raise places.error(f"{pointer}/when", "a rule begins with `each`: what is it about?")
    members = (
        "version",
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
        reason=placed(read_template, document.reason, f"{pointer}/reason", places),
        occurrence=document.occurrence or when[0].name,
        question=document.question,
        rationale=document.rationale,
        next_step=document.next_step,
        owner=document.owner,
        money=read_money_clause(document.money, f"{pointer}/money", places),
        clock=document.clock,
        effective=_effective(document.effective, f"{pointer}/effective", places),
        applies=tuple(
            _applicability(name, values, f"{pointer}/applies/{name}", places)
            for name, values in document.applies.items()
        ),
        priority=document.priority,
        table=read_table(document.table, f"{pointer}/table", places) if document.table else None,
        tests=document.tests,
        pointer=pointer,
        places={"": places.of(pointer), **at},
    )


def _effective(effective: Effective | None, pointer: str, places: Places) -> Effective | None:
    if effective is None:
        return None
    if effective.from_ is None and effective.until is None:
        raise places.error(pointer, "a rule is in effect from a day, until a day, or both")
    if not effective.on(effective.some_day):
        raise places.error(pointer, "this ends before it begins; `until` is the last day")
    return effective


def _applicability(
    name: str, values: tuple[str, ...] | str, pointer: str, places: Places
) -> Applicability:
    """`stage` and `process` are the case's; anything else is written fact-type.field."""
    written = f"case.{name}" if name in _OF_THE_CASE else name
    fact_type, _, field = written.partition(".")
    among = (values,) if isinstance(values, str) else values
    if not field or not among:
        raise places.error(
            pointer, "write e.g. stage: [delivery], or engagement.billing_model: [retainer]"
        )
    return Applicability(
        fact_type=fact_type,
        field=field,
        among=among,
        pointer=pointer,
        place=places.of(pointer),
    )


def _derivation(document: DerivedDocument, pointer: str, places: Places) -> Derivation:
    fact_type, name = _bound(document.each, f"{pointer}/each", places)
    if not _FIELD.fullmatch(document.field):
        raise places.error(f"{pointer}/field", f"{document.field!r} is no field, e.g. hours_worked")
    return Derivation(
        fact_type=fact_type,
        name=name,
        field=document.field,
        formula=placed(read_formula, document.is_, f"{pointer}/is", places),
        pointer=pointer,
        place=places.of(f"{pointer}/is"),
    )


def _bound(binding: str | None, pointer: str, places: Places) -> tuple[str, str]:
    """Return the fact type and the name of `timesheet as t`."""
    bound = _BINDING.fullmatch((binding or "").strip())
    if bound is None or keyword.iskeyword(bound.group(2)):
        raise places.error(pointer, f"{binding!r} is no binding; write e.g. `timesheet as t`")
    return bound.group(1), bound.group(2)


def _pattern(document: PatternDocument, pointer: str, places: Places) -> Pattern:
    if (document.each is None) == (document.none is None):
        raise places.error(pointer, "a pattern is either `each` or `none`")
    binding = document.each if document.each is not None else document.none
    fact_type, name = _bound(binding, pointer, places)
    written = (document.where,) if isinstance(document.where, str) else document.where
    where = []
    for index, one in enumerate(written):
        at = f"{pointer}/where/{index}"
        if isinstance(one, bool):
            raise places.error(at, f"{str(one).lower()} alone is no condition")
        where.append(placed(read_condition, one, at, places))
    return Pattern(
        fact_type=fact_type,
        name=name,
        negated=document.none is not None,
        where=tuple(where),
        pointer=pointer,
        place=places.of(pointer),
    )
