"""What a question is about: the rule set in force, and the facts that it is to judge."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from controlplane.gate.given import read_absent, read_given, refused
from controlplane.gate.partial import is_asked
from controlplane.gate.standing import CaseFacts, case_facts, standing_decision
from controlplane.gate.taken import Question
from controlplane.pipeline.definitions import Definitions, RulesInForce
from rules.context import context
from rules.decision import Decision, Fact
from rules.refusal import Problem, Refusal


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """
    `instance` is empty without a case; then `given` and `absent` are the types known of.

    `standing` is what the worker has decided already, on these facts by these rules.
    """

    rules: RulesInForce
    instance: str
    facts: list[Fact]
    standing: Decision | None = None
    given: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()


def subject_of(
    state: Connection, definitions: Definitions, question: Question, *, at: datetime
) -> Subject | Refusal:
    """Return what *question* is about in the snapshot of *state*, clocks read *at*."""
    rules = definitions.rules_of(question.ruleset)
    if rules is None:
        return _unknown("rule set in force", question.ruleset)
    if question.process not in (None, rules.ruleset.process):
        return _elsewhere(rules)
    given = read_given(question.facts, rules.fact_types)
    told = context(rules.ruleset, definitions.calendars, at=at)
    if isinstance(given, Refusal):
        return given
    if question.case is None:
        return _without_case(rules, given, told, question)
    known = case_facts(state, definitions, rules, question.case, at=at)
    if known is None:
        return _unknown(f"case of {rules.ruleset.process}", question.case)
    return _of_case(state, rules, known, told, given)


def _of_case(
    state: Connection,
    rules: RulesInForce,
    known: CaseFacts,
    told: Sequence[Fact],
    given: Sequence[Fact],
) -> Subject:
    facts = rules.shown(told, known.facts, given)
    subject = Subject(rules=rules, instance=known.instance, facts=facts)
    if given or not known.settled:
        return subject
    return replace(subject, standing=standing_decision(state, rules, known.instance, subject.facts))


def _without_case(
    rules: RulesInForce, given: Sequence[Fact], told: Sequence[Fact], question: Question
) -> Subject | Refusal:
    types = frozenset(one.type for one in given)
    absent = read_absent(question.absent, rules.fact_types, types)
    if isinstance(absent, Refusal):
        return absent
    if not is_asked(rules.ruleset, types):
        detail = "no rule looks at the facts given" if given else "give a fact, or a case"
        return refused([Problem(pointer="/facts", detail=detail)])
    facts = rules.shown(told, (), given)
    return Subject(rules=rules, instance="", facts=facts, given=types, absent=absent)


def _unknown(what: str, name: str) -> Refusal:
    return Refusal(
        type="not-found",
        status=404,
        title=f"No such {what}",
        detail=f"The {what} {name!r} does not exist.",
    )


def _elsewhere(rules: RulesInForce) -> Refusal:
    detail = f"{rules.ruleset.ruleset} judges the process {rules.ruleset.process}."
    return Refusal(
        type="invalid-request",
        status=422,
        title="The request does not fit",
        detail=detail,
        errors=(Problem(pointer="/process", detail=detail),),
    )
