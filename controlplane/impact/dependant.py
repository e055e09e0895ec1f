"""
What is in force and reads a contract: rules, process models, objectives and span mappings.

Each is named with the fields that it reads of the contract's data; a rule that does not so much
as hold on the changed types says why.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from controlplane.impact.told import Told, model_reads, objective_reads, of_case, told
from controlplane.pipeline.definitions import Definitions, RulesInForce
from governance.contract.published import names
from governance.impact.change import WHOLE, Change
from governance.impact.place import field_of
from observability.intake.mapping import SpanMapping, SpanRule
from rules.compiling import compile_ruleset
from rules.reads import reads_by_rule
from rules.rule import Rule

Kind = Literal["rule", "process", "sla", "mapping"]


class Dependant(msgspec.Struct, frozen=True, kw_only=True):
    """
    One thing that reads the contract; `within` is the rule set of a rule.

    `reads` are fields of the data (a mapping writes them), `times` the activities whose time it
    reads or that move it. `touched` are those of `reads` that changed; `problem` says that it
    could not stand as it is.
    """

    kind: Kind
    name: str
    version: str
    process: str
    title: str = ""
    owner: str = ""
    severity: str = ""
    type: str = ""
    within: str = ""
    reads: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()
    problem: str = ""

    @property
    def hurt(self) -> bool:
        """Whether what changed is what it reads, or it does not hold any more."""
        return bool(self.touched or self.problem)


class Contracted(msgspec.Struct, frozen=True, kw_only=True):
    """
    The contract whose change is looked at: `fields` are those of its data, before and after,
    `required` those that a candidate demands; None where its format tells none.
    """

    subject: str
    majors: frozenset[int]
    changes: Sequence[Change] = ()
    fields: frozenset[str] | None = None
    required: frozenset[str] = frozenset()

    def read(self, fields: Collection[str]) -> tuple[str, ...]:
        """Return those of *fields* that the contract has."""
        return tuple(sorted(one for one in fields if self.fields is None or one in self.fields))

    def touched(self, fields: Collection[str]) -> tuple[str, ...]:
        """Return those of *fields* that changed."""
        felt = (one for one in self.changes if one.felt and not one.operation)
        changed = {field_of(one.field) for one in felt}
        return tuple(sorted(one for one in fields if one in changed or WHOLE in changed))


def dependants(
    definitions: Definitions,
    mappings: Iterable[SpanMapping],
    contract: Contracted,
    problems: Mapping[tuple[str, str], str],
) -> Iterator[Dependant]:
    """Yield what in force reads *contract*; *problems* are those of rules by (rule set, rule)."""
    for process, model in sorted(definitions.models.items()):
        found = told(model, contract.subject, contract.majors)
        if found is None:
            continue
        yield _process(found, contract)
        for rules in definitions.rules.get(process, ()):
            yield from _rules(rules, found, contract, problems)
        for one in sorted(definitions.objectives.get(process, ()), key=lambda one: one.sla):
            named = objective_reads(one, model)
            reads, moved = contract.read(found.fields(named)), one.activities
            times = {*(a for a in found.activities if a in moved), *found.times(named)}
            if reads or times:
                yield Dependant(
                    kind="sla",
                    name=one.sla,
                    version=one.version,
                    process=process,
                    title=one.title,
                    owner=one.owner,
                    severity=one.severity,
                    reads=reads,
                    times=tuple(sorted(times)),
                    touched=contract.touched(reads),
                )
    yield from _mappings(mappings, contract)


def _process(found: Told, contract: Contracted) -> Dependant:
    model = found.model
    reads = contract.read(found.fields(model_reads(model)))
    return Dependant(
        kind="process",
        name=model.process,
        version=model.version,
        process=model.process,
        title=model.title,
        owner=model.owner,
        reads=reads,
        times=found.activities,
        touched=contract.touched(reads),
    )


def _rules(
    rules: RulesInForce,
    found: Told,
    contract: Contracted,
    problems: Mapping[tuple[str, str], str],
) -> Iterator[Dependant]:
    compiled = compile_ruleset(rules.ruleset, rules.fact_types)
    try:
        looked_at = reads_by_rule(compiled)
    finally:
        compiled.close()
    for rule in rules.ruleset.rules:
        named = of_case(found.model, looked_at.get(rule.rule, frozenset()))
        reads = contract.read(found.fields(named))
        times = tuple(sorted(found.times(named)))
        problem = problems.get((rules.ruleset.ruleset, rule.rule), "")
        if reads or times or problem:
            yield _rule(rules, rule, reads, times, contract.touched(reads), problem)


def _rule(  # noqa: PLR0913, PLR0917 - a rule and all that is said of it
    rules: RulesInForce,
    rule: Rule,
    reads: tuple[str, ...],
    times: tuple[str, ...],
    touched: tuple[str, ...],
    problem: str,
) -> Dependant:
    return Dependant(
        kind="rule",
        name=rule.rule,
        version=rule.version,
        process=rules.ruleset.process,
        title=rule.title,
        owner=rule.owner or rules.ruleset.owner or "",
        severity=rule.severity,
        type=rule.type,
        within=rules.ruleset.ruleset,
        reads=reads,
        times=times,
        touched=touched,
        problem=problem,
    )


def _mappings(mappings: Iterable[SpanMapping], contract: Contracted) -> Iterator[Dependant]:
    for one in mappings:
        for rule in one.rules:
            if not names(rule.type or "", contract.subject, contract.majors):
                continue
            writes = {*rule.data, *(["amount"] if rule.amount else [])}
            missing = sorted(contract.required - writes)
            yield Dependant(
                kind="mapping",
                name=one.mapping,
                version=one.version,
                process=one.process,
                title=f"{rule.service} {rule.span}",
                owner=one.owner or "",
                reads=tuple(sorted(writes)),
                touched=contract.touched(writes),
                problem=_unwritten(rule, missing),
            )


def _unwritten(rule: SpanRule, missing: Sequence[str]) -> str:
    if not missing:
        return ""
    return f"spans {rule.span} do not give {', '.join(missing)}, which is required"
