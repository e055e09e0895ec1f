"""The inventory as of now, put together from contracts, traffic and the steps of cases."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection

from controlplane.conformance.party import system_of
from controlplane.conformance.reading import seen_after, systems_in_force, told_by
from controlplane.conformance.report import number_of
from controlplane.integrations.flow import IntegrationFlow, Known, flows, stray
from governance.contract import stores as contracts
from governance.contract.catalogue import IN_FORCE, Consumer
from governance.integration import stores as integrations
from governance.integration.integration import Integration
from observability.health.window import Window
from observability.traffic import stores as traffic
from observability.traffic.stores import Flow

MOST = 100_000


def inventory(connection: Connection, window: Window) -> Iterator[IntegrationFlow]:
    """Yield every flow of a contract in force, by subject, then what no contract speaks of."""
    since = number_of(window.since.date()) if window.since else 0
    listed = told_by(systems_in_force(connection))
    sent: dict[str, dict[str, list[Flow]]] = defaultdict(lambda: defaultdict(list))
    for one in traffic.flows(connection, since=since):
        sent[one.subject][system_of(one.source, listed)].append(one)
    consumers = _by_subject(contracts.every_consumer(connection))
    code = _code(integrations.list_integrations(connection))
    seen = seen_after(connection)
    named: set[str] = set()
    for listing in contracts.list_contracts(connection, limit=MOST):
        subject = listing.contract.subject
        named.add(subject)
        if any(lifecycle in IN_FORCE for lifecycle in listing.versions.values()):
            known = Known(
                contract=listing.contract,
                consumers=consumers.get(subject, {}),
                seen=seen.get(subject, Counter()),
                sent={name: tuple(those) for name, those in sent.get(subject, {}).items()},
                code=code.get(subject, {}),
            )
            yield from flows(known, on=window.as_of.date())
    for subject in sorted(set(sent) - named):
        for system, those in sorted(sent[subject].items()):
            yield stray(system, those)


def _by_subject(every: Iterable[Consumer]) -> Mapping[str, Mapping[str, Consumer]]:
    found: dict[str, dict[str, Consumer]] = defaultdict(dict)
    for one in every:
        found[one.subject][one.system] = one
    return found


def _code(every: Iterable[Integration]) -> Mapping[str, Mapping[str, Integration]]:
    found: dict[str, dict[str, Integration]] = defaultdict(dict)
    for one in every:
        found[one.subject][one.consumer] = one
    return found
