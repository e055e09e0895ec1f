"""
A rule set is sound when every name and type fits the facts of its process, and every one of
its own test cases comes out.

The facts are those that the process model in force and the published contracts promise.
"""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace
from sqlalchemy import Connection

from controlplane import registered
from controlplane.facttypes import fact_types
from governance.contract.stores import published
from governance.document import stores as documents
from rules.analysis.examining import Examination, examine
from rules.calendar import BusinessCalendar
from rules.checking import problems
from rules.compiling import CompiledRuleSet, compile_ruleset
from rules.deciding import decide_reference
from rules.fact import FactType
from rules.refusal import Problem, Refusal
from rules.rule import RuleSet
from rules.testing import run_cases
from rules.wording import reworded


def judge(connection: Connection, ruleset: RuleSet) -> Refusal | None:
    """Return why *ruleset* cannot be registered, naming lines; None when it is sound."""
    types = _types(connection, ruleset)
    if isinstance(types, Problem):
        return _refused([types])
    compiled = compile_ruleset(ruleset, types)
    try:
        calendars = registered.calendars(connection)
        found = list(problems(compiled, calendars)) or list(_failed(compiled, calendars))
    finally:
        compiled.close()
    return _refused(found) if found else None


def judge_draft(connection: Connection, ruleset: RuleSet) -> Refusal | None:
    """Return why *ruleset* cannot be kept as a version: unsound, or reworded under a version."""
    found = _reworded(connection, ruleset)
    return judge(connection, ruleset) or (_refused(found) if found else None)


def examined(connection: Connection, ruleset: RuleSet) -> Examination:
    """Return all that can be said of *ruleset* by what is registered; nothing is kept."""
    types = _types(connection, ruleset)
    if isinstance(types, Problem):
        return Examination(ruleset=ruleset.ruleset, version=ruleset.version, problems=(types,))
    found = examine(ruleset, types, registered.calendars(connection), decide_reference)
    return replace(found, problems=(*found.problems, *_reworded(connection, ruleset)))


def _reworded(connection: Connection, ruleset: RuleSet) -> list[Problem]:
    """A version says what it says: what stands under the same one is refused for that itself."""
    versions = documents.list_versions(connection, "ruleset", ruleset.ruleset)
    others = (registered.ruleset_of(one.body) for one in versions if one.version != ruleset.version)
    return list(reworded(ruleset, others))


def _types(connection: Connection, ruleset: RuleSet) -> dict[str, FactType] | Problem:
    active = documents.get_active(connection, "process", ruleset.process)
    if active is None:
        detail = f"There is no process {ruleset.process!r}; put its model first."
        return Problem(pointer="/process", detail=detail)
    return fact_types(registered.model_of(active.body), published(connection))


def _failed(
    compiled: CompiledRuleSet, calendars: Mapping[str, BusinessCalendar]
) -> Iterator[Problem]:
    rules = {one.rule: one for one in compiled.ruleset.rules}
    # the engine stays in its own process
    for result in run_cases(compiled, decide_reference, calendars):
        if not result.passed:
            place = rules[result.rule].place("")
            yield Problem(
                pointer=result.pointer,
                detail=f"test case {result.name!r}: {result.because}",
                line=place.line,
                column=place.column,
            )


def _refused(found: list[Problem]) -> Refusal:
    first = found[0]
    where = f"line {first.line}: " if first.line else ""
    more = f" And {len(found) - 1} more." if len(found) > 1 else ""
    return Refusal(
        type="invalid-ruleset",
        status=422,
        title="The rule set does not hold",
        detail=f"{where}{first.detail}{more}",
        errors=tuple(found),
    )
