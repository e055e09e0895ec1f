"""
What a candidate would touch if it were published: who reads the contract, what in force rests on
it, what runs now and what it is worth.

Nothing is kept, and nothing is looked at but what is registered and the cases that run.
"""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

import msgspec
from sqlalchemy import Connection

from controlplane.impact.consuming import Consuming, consuming
from controlplane.impact.dependant import Dependant, dependants
from controlplane.impact.hearing import Heard, heard
from controlplane.impact.proposal import Proposal, weighed
from controlplane.impact.soundness import Published, unsound
from controlplane.pipeline.loading import load_definitions
from governance.compatibility.comparison import Verdict
from governance.contract import stores as contracts
from governance.contract.finding import Finding
from governance.document import stores as documents
from governance.impact.change import Change
from observability.instance.inflight_stores import InFlight, in_flight
from observability.intake.mapping import SpanMapping
from rules.document import read_document

EXAMINED = 5_000
"""Running cases of a process that are looked at one by one; of more only their number is told."""
SHOWN = 50


class Running(InFlight, frozen=True, kw_only=True):
    """`cases` is where the running cases are listed."""

    process: str
    cases: str


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """
    `verdict` and `findings` are of compatibility with `against`, null where nothing stands.

    Everything that reads the contract is named; what it says under `touched` are changes to what
    it reads, under `problem` why it could not stand as it is. `broken` counts the latter.
    """

    subject: str
    version: str
    against: str | None
    verdict: Verdict
    broken: int
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    consumers: tuple[Consuming, ...]
    rules: tuple[Dependant, ...]
    mappings: tuple[Dependant, ...]
    processes: tuple[Dependant, ...]
    slas: tuple[Dependant, ...]
    routes: tuple[Heard, ...]
    in_flight: tuple[Running, ...]


def impact(state: Connection, one: Proposal, *, at: datetime) -> Impact:
    """Return what *one* would touch; raises `ArtifactError`."""
    found = weighed(one, at=at)
    definitions = load_definitions(state)
    published = Published(standing=contracts.published(state), candidate=one.published)
    mappings = [
        read_document(each.body, SpanMapping) for each in documents.list_active(state, "mapping")
    ]
    resting = list(
        dependants(definitions, mappings, found.contracted, unsound(definitions, published))
    )
    rules, processes = _of("rule", resting), _of("process", resting)
    tree = definitions.routing
    return Impact(
        subject=one.contract.subject,
        version=str(one.number),
        against=one.older.version if one.older else None,
        verdict=found.comparison.verdict,
        broken=sum(bool(each.problem) for each in resting),
        findings=found.comparison.findings,
        changes=found.changes,
        consumers=tuple(consuming(state, found)),
        rules=rules,
        mappings=_of("mapping", resting),
        processes=processes,
        slas=_of("sla", resting),
        routes=tuple(heard(tree, one.contract, rules)) if tree else (),
        in_flight=tuple(_running(state, one.contract.subject, each.process) for each in processes),
    )


def _of(kind: str, found: Iterable[Dependant]) -> tuple[Dependant, ...]:
    """Return those of *kind*, what is hurt first."""
    return tuple(sorted((one for one in found if one.kind == kind), key=lambda one: not one.hurt))


def _running(state: Connection, subject: str, process: str) -> Running:
    found = in_flight(state, process, [subject], most=EXAMINED, shown=SHOWN)
    return Running(
        **msgspec.structs.asdict(found),
        process=process,
        cases=f"/v1/processes/{quote(process)}/instances?state=running",
    )
