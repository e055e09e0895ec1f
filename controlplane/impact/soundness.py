"""Which rules in force would not hold any more on what a candidate promises of facts."""

from collections.abc import Iterator, Mapping

import msgspec

from controlplane.facttypes import fact_types
from controlplane.impact.told import told
from controlplane.pipeline.definitions import Definitions, RulesInForce
from governance.contract.published import PublishedContracts, PublishedVersion, names
from governance.version import SemanticVersion
from rules.compiling import compile_ruleset
from rules.fact import FactType
from rules.refusal import Problem

_KNOWN = "; known are "
"""What follows it helps who writes a rule, not who reads that one is lost."""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What is published, and a candidate in its place where an event answers to it."""

    standing: PublishedContracts
    candidate: PublishedVersion

    def resolve(self, type_: str) -> PublishedVersion | None:
        number = SemanticVersion.of(self.candidate.version)
        if names(type_, self.candidate.subject, {number.major}):
            return self.candidate
        return self.standing.resolve(type_)


def unsound(definitions: Definitions, published: Published) -> dict[tuple[str, str], str]:
    """Return why rules that hold would not, by (rule set, rule)."""
    candidate = published.candidate
    majors = {SemanticVersion.of(candidate.version).major}
    return {
        (rules.ruleset.ruleset, rule): why
        for process, model in definitions.models.items()
        if told(model, candidate.subject, majors) is not None
        for rules in definitions.rules.get(process, ())
        for rule, why in newly_unsound(rules, fact_types(model, published)).items()
    }


def newly_unsound(rules: RulesInForce, types: dict[str, FactType]) -> dict[str, str]:
    """Return why *rules* that hold on the types of today would not on *types*, by rule."""
    if types == rules.fact_types:
        return {}
    before = {_said(one) for one in _problems(rules, rules.fact_types)}
    found: dict[str, str] = {}
    for one in _problems(rules, types):
        if _said(one) not in before:
            for rule in _rules(rules, one):
                found.setdefault(rule, _said(one)[1])
    return found


def _problems(rules: RulesInForce, types: Mapping[str, FactType]) -> tuple[Problem, ...]:
    """A test case that gives a field which is no more is no reason why its rule cannot be asked."""
    compiled = compile_ruleset(rules.ruleset, types)
    try:
        return compiled.problems
    finally:
        compiled.close()


def _rules(rules: RulesInForce, problem: Problem) -> Iterator[str]:
    for one in rules.ruleset.rules:
        if f"{problem.pointer}/".startswith(f"{one.pointer}/"):
            yield one.rule


def _said(one: Problem) -> tuple[str, str]:
    return one.pointer, one.detail.partition(_KNOWN)[0]
