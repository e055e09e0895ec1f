"""
A pack is sound when every document can be read, every contract published, every rule fits
the facts that the pack's own contracts promise, and every rule's test cases come out.

Nothing is sent and nothing stored.
"""

from collections.abc import Callable, Iterator, Mapping

from controlplane.facttypes import fact_types
from controlplane.pack.read import Pack, PackedContract, PackedDocument
from controlplane.pack.reconciliation import unknown_names
from governance.contract.published import PublishedContracts, PublishedVersion
from governance.contract.versions import check as check_artifact
from governance.handling.policy import read_handling
from governance.lint.reading import read_policy
from governance.routing import read_routing
from governance.team import put_team
from observability.intake.mapping import SpanMapping
from observability.kpi.document import read_kpi
from observability.kpi.rates import read_rates
from observability.model.coherence import read_model
from observability.model.model import ProcessModel
from observability.objective import read_objective
from observability.objective.fitting import misfits
from observability.reconciliation.document import read_reconciliation
from observability.system.document import read_system
from rules.calendar import BusinessCalendar, CalendarDocument, read_calendar
from rules.checking import problems as rule_problems
from rules.compiling import compile_ruleset
from rules.document import DocumentError, read_document
from rules.fact import FactType
from rules.language import read_ruleset
from rules.refusal import Problem, Refusal
from rules.testing import run_cases

_READERS: dict[str, Callable[[str], object]] = {
    "calendar": read_calendar,
    "process": read_model,
    "sla": read_objective,
    "system": read_system,
    "mapping": lambda text: read_document(text, SpanMapping),
    "reconciliation": read_reconciliation,
    "kpi": read_kpi,
    "lint": read_policy,
    "rates": read_rates,
    "routing": read_routing,
    "handling": read_handling,
}


def check(pack: Pack) -> list[Problem]:
    """Return what is wrong with *pack*; each `pointer` is a file, `line` a line in it."""
    problems = [*_teams(pack), *_contracts(pack)]
    models: dict[str, ProcessModel] = {}
    calendars: dict[str, BusinessCalendar] = {}
    for document in pack.documents:
        if document.kind == "ruleset":
            continue
        try:
            read = _READERS[document.kind](document.text)
        except DocumentError as error:
            problems.append(_placed(document, error.line, error.message))
            continue
        if isinstance(read, ProcessModel):
            models[read.process] = read
        elif isinstance(read, CalendarDocument):
            calendars[read.calendar] = BusinessCalendar(read)
    problems += _promises(pack, models)
    for document in pack.of_kind("reconciliation"):
        problems += [
            _placed(document, 1, detail) for detail in unknown_names(pack, document, models)
        ]
    types = {name: fact_types(model, contracts_of(pack)) for name, model in models.items()}
    for document in pack.of_kind("ruleset"):
        problems += _ruleset(document, types, calendars)
    return problems


def contracts_of(pack: Pack) -> PublishedContracts:
    """Return the pack's contracts as if they were published."""
    return PublishedContracts(
        versions={
            one.contract.subject: tuple(
                PublishedVersion(
                    subject=one.contract.subject,
                    version=version.version,
                    format=one.contract.format,
                    media_type=version.media_type,
                    artifact=version.artifact,
                    owner=one.contract.owner,
                )
                for version in one.versions
            )
            for one in pack.contracts
        }
    )


def _teams(pack: Pack) -> Iterator[Problem]:
    known: set[str] = set()
    for body in pack.teams:
        name = str(body.get("team", ""))
        known.add(name)
        decided = put_team(None, name, body)
        if isinstance(decided, Refusal):
            yield Problem(pointer="teams.yaml", detail=f"{name}: {decided.detail}")
    for packed in pack.contracts:
        if packed.contract.owner not in known:
            yield Problem(
                pointer=packed.file, detail=f"the owner {packed.contract.owner!r} is no team"
            )


def _contracts(pack: Pack) -> Iterator[Problem]:
    for packed in pack.contracts:
        yield from _contract(packed)


def _contract(packed: PackedContract) -> Iterator[Problem]:
    if not packed.versions:
        yield Problem(pointer=packed.file, detail="no version stands beside contract.yaml")
    for version in packed.versions:
        checked = check_artifact(packed.contract.format, version.artifact, version.media_type)
        if isinstance(checked, Refusal):
            yield Problem(pointer=version.file, detail=checked.detail)
            continue
        for finding in checked.findings:
            if finding.level == "error":
                yield Problem(
                    pointer=version.file,
                    detail=f"{finding.pointer}: {finding.message}",
                    line=finding.line,
                )


def _promises(pack: Pack, models: Mapping[str, ProcessModel]) -> Iterator[Problem]:
    """Let every SLA name a process and calendars of the pack, and what the process knows."""
    names = {kind: {one.name for one in pack.of_kind(kind)} for kind in ("process", "calendar")}
    for document in pack.of_kind("sla"):
        try:
            objective = read_objective(document.text)
        except DocumentError:
            continue
        if objective.process not in names["process"]:
            yield _placed(document, 1, f"there is no process {objective.process!r}")
        for calendar in objective.every_calendar:
            if calendar not in names["calendar"]:
                yield _placed(document, 1, f"there is no calendar {calendar!r}")
        model = models.get(objective.process)
        for pointer, message in misfits(objective, model) if model else ():
            yield _placed(document, 1, f"{pointer}: {message}")


def _ruleset(
    document: PackedDocument,
    types: Mapping[str, Mapping[str, FactType]],
    calendars: Mapping[str, BusinessCalendar],
) -> Iterator[Problem]:
    try:
        ruleset = read_ruleset(document.text)
    except DocumentError as error:
        yield _placed(document, error.line, error.message)
        return
    known = types.get(ruleset.process)
    if known is None:
        yield _placed(document, 1, f"there is no process {ruleset.process!r}")
        return
    compiled = compile_ruleset(ruleset, known)
    unfit = rule_problems(compiled, calendars)
    for one in unfit:
        yield _placed(document, one.line, one.detail)
    if unfit:
        return
    lines = {one.rule: one.place("").line for one in ruleset.rules}
    for result in run_cases(compiled, calendars=calendars):
        if not result.passed:
            detail = f"the test case {result.name!r} fails: {result.because}"
            yield _placed(document, lines[result.rule], detail)


def _placed(document: PackedDocument, line: int, detail: str) -> Problem:
    file, at = document.place(line)
    return Problem(pointer=file, detail=detail, line=at)
