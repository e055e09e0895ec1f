"""The conformance of one contract, put together from both databases."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection

from controlplane.conformance import report
from controlplane.conformance.party import followers, system_of
from controlplane.conformance.report import Conformance, Fields
from controlplane.database import Databases, reading
from governance.conformance.declaring import declared_by
from governance.conformance.drift import drifts, standings
from governance.contract import stores as contracts
from governance.contract.catalogue import Consumer, Contract, Version
from governance.document import stores as documents
from observability.health.window import Window
from observability.model.coherence import read_model
from observability.quarantine import refused_stores
from observability.quarantine.refused_stores import Refused
from observability.rollup import figure_stores
from observability.rollup.measures import STEP
from observability.system.document import System, read_system
from observability.traffic import stores as traffic_stores
from observability.traffic.stores import Traffic


def conformance_of(
    databases: Databases, subject: str, window: Window, version: str | None
) -> Conformance | None:
    """
    Return what was declared and observed of *subject*, with the fields of *version*.

    Without one it is the version of most events. None: there is no such contract.
    """
    since = report.number_of(window.since.date()) if window.since else 0
    with reading(databases.state) as connection:
        contract = contracts.get_contract(connection, subject)
        if contract is None:
            return None
        drafted = contracts.list_versions(connection, subject)
        admitted = traffic_stores.of_subject(connection, subject, since=since)
        systems = systems_in_force(connection)
        consumers = _consumers(connection, contract)
    with reading(databases.log) as connection:
        refused = refused_stores.of_subject(connection, subject, since=since)
    valid, held = sum(one.events for one in admitted), sum(one.events for one in refused)
    return Conformance(
        subject=subject,
        window=window.text,
        since=window.since.date() if window.since else None,
        as_of=window.as_of,
        valid=valid,
        refused=held,
        share=report.share(valid, held),
        versions=report.versions(
            admitted, refused, {one.version: one.lifecycle for one in drafted}
        ),
        producers=report.producers(
            admitted, refused, contract.system, _whose(systems, admitted, refused)
        ),
        consumers=consumers,
        trend=report.trend(admitted, refused),
        refusals=report.refusals(refused),
        fields=_fields(contract, drafted, admitted, version),
    )


def systems_in_force(connection: Connection) -> list[System]:
    return [read_system(one.body) for one in documents.list_active(connection, "system")]


def told_by(systems: Sequence[System]) -> Mapping[str, Sequence[str]]:
    """Return the systems that each source is one of."""
    sources = {source for one in systems for source in one.sources}
    return {source: [one.system for one in systems if source in one.sources] for source in sources}


def seen_after(
    connection: Connection, subjects: Collection[str] | None = None
) -> Mapping[str, Mapping[str, int]]:
    """Return how many steps that follow on an event of each of *subjects* each system told."""
    models = [read_model(one.body) for one in documents.list_active(connection, "process")]

    def steps(process: str) -> Mapping[str, int]:
        found: Counter[str] = Counter()
        for (_, activity), counts in figure_stores.histogram(connection, process, STEP).items():
            found[activity] += sum(counts.values())
        return found

    return followers(models, steps, subjects)


def _whose(
    systems: Sequence[System], admitted: Sequence[Traffic], refused: Sequence[Refused]
) -> dict[str, tuple[str, str | None]]:
    owners, listed = {one.system: one.owner for one in systems}, told_by(systems)
    sources = {one.source for one in admitted} | {one.source for one in refused}
    names = {source: system_of(source, listed) for source in sources}
    return {source: (system, owners.get(system)) for source, system in names.items()}


def _consumers(connection: Connection, contract: Contract) -> tuple[report.Consumer, ...]:
    seen = seen_after(connection, [contract.subject]).get(contract.subject, {})
    declared = {one.system: one for one in contracts.list_consumers(connection, contract.subject)}
    return tuple(
        _consumer(name, declared.get(name), seen.get(name, 0))
        for name in sorted({*declared, *(one for one, times in seen.items() if times)})
        if name != contract.system
    )


def _consumer(system: str, known: Consumer | None, seen: int) -> report.Consumer:
    return report.Consumer(
        system=system,
        declared=known is not None,
        versions=known.versions if known else None,
        contact=known.contact if known else None,
        seen=seen,
    )


def _fields(
    contract: Contract, drafted: Sequence[Version], admitted: Sequence[Traffic], asked: str | None
) -> Fields:
    events: dict[str, int] = {}
    for one in admitted:
        events[one.version] = events.get(one.version, 0) + one.events
    busiest = max((name for name in events if name), key=events.__getitem__, default=None)
    name = asked or busiest or (drafted[0].version if drafted else None)
    version = next((one for one in drafted if one.version == name), None)
    declared = declared_by(contract.format, version) if version else None
    these = [one for one in admitted if one.version == name]
    looked = sum(one.looked for one in these)
    found = Fields(
        version=name,
        events=events.get(name or "", 0),
        looked=looked,
        evaluated=declared is not None,
        because=None if declared else _because(contract, version),
        sampled=report.SAMPLED,
    )
    if declared is None:
        return found
    seen, unkept = report.sightings(these), report.unkept(these)
    items = tuple(standings(declared, seen, looked, unkept=unkept))
    return replace(found, items=items, drift=tuple(drifts(items)))


def _because(contract: Contract, version: Version | None) -> str:
    if version is None:
        return "no such version was drafted"
    return f"what a document of the format {contract.format} declares is not evaluated"
