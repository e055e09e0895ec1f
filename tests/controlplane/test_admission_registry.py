"""What the door knows of contracts and mappings, and when it looks again."""

from datetime import UTC, datetime

import pytest
from intake_server import publish

from controlplane.database import Databases, writing
from controlplane.lag import ConsumerLag
from controlplane.registry import Registry
from governance.document import stores as documents
from governance.document.governed_document import GovernedDocument, Put
from governance.tables import contract_version
from observability.log import stores as log
from observability.log.entry import LogEntry
from observability.projection import progress_stores
from observability.projection.progress_stores import WORKER, Boundary, Reached

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MAPPING = """
mapping: legacy-billing
version: 1.0.0
process: quote-to-cash
rules:
  - service: billing-service
    span: "POST /invoices"
    where: {http.response.status_code: "201"}
    activity: invoice-issued
    case: engagement.id
"""


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(databases: Databases, clock: Clock) -> Registry:
    return Registry(databases, period_seconds=0.25, clock=clock)


def put_mapping(databases: Databases, body: str) -> None:
    document = GovernedDocument(
        kind="mapping",
        name="legacy-billing",
        version="1.0.0",
        body=body,
        digest="d",
        created_at=NOON,
        created_by="anna",
        changed_at=NOON,
        changed_by="anna",
        state="active",
    )
    with writing(databases.state) as connection:
        documents.save(connection, Put(document=document, created=True, activated=True))


def found(registry: Registry, major: int | None = None) -> str | None:
    contract = registry.snapshot().find("ps.x", major, None)
    return contract.reference if contract else None


def test_a_published_version_binds_when_the_period_is_over(
    databases: Databases, registry: Registry, clock: Clock
):
    assert found(registry) is None
    publish(databases, "ps.x", "1.0.0", [])
    assert found(registry) is None
    clock.now += 0.3
    assert found(registry) == "ps.x@1.0.0"


def test_an_unchanged_registry_is_the_same_object(
    databases: Databases, registry: Registry, clock: Clock
):
    publish(databases, "ps.x", "1.0.0", [])
    before = registry.snapshot()
    clock.now += 10
    assert registry.snapshot() is before


def test_the_highest_version_of_the_major_binds(databases: Databases, registry: Registry):
    for version in ("1.0.0", "1.10.0", "1.9.0", "2.0.0"):
        publish(databases, "ps.x", version, [])
    assert (found(registry), found(registry, 1)) == ("ps.x@2.0.0", "ps.x@1.10.0")
    assert found(registry, 3) is None


def test_a_retired_version_binds_nobody(databases: Databases, registry: Registry):
    publish(databases, "ps.x", "1.0.0", [])
    assert found(registry) == "ps.x@1.0.0"
    with writing(databases.state) as connection:
        connection.execute(contract_version.update().values(lifecycle="retired"))
    registry.refresh()
    assert found(registry) is None
    assert registry.snapshot().owner("ps.x") == "delivery"


def test_a_schema_that_cannot_be_evaluated_passes_nobody(databases: Databases, registry: Registry):
    publish(databases, "ps.x", "1.0.0", [])
    with writing(databases.state) as connection:
        connection.execute(contract_version.update().values(artifact=b'{"type": 5}'))
    contract = registry.snapshot().find("ps.x", None, None)
    assert contract is not None
    assert "cannot be evaluated" in contract.check({})[0].detail


def test_a_contract_of_an_api_is_no_contract_for_events(databases: Databases, registry: Registry):
    publish(databases, "ps.x", "1.0.0", [], format_="openapi")
    assert found(registry) is None


def test_a_span_mapping_in_force_is_read(databases: Databases, registry: Registry):
    assert not registry.snapshot().mappings
    put_mapping(databases, MAPPING)
    registry.refresh()
    match = registry.snapshot().mappings.match("billing-service", "POST /invoices")
    assert match.attributes == {"http.response.status_code", "engagement.id"}


def test_a_mapping_that_cannot_be_read_stops_nothing(databases: Databases, registry: Registry):
    put_mapping(databases, "mapping: [")
    publish(databases, "ps.x", "1.0.0", [])
    assert found(registry) == "ps.x@1.0.0"


def test_the_lag_is_what_the_worker_has_not_applied(databases: Databases, clock: Clock):
    lag = ConsumerLag(databases, period_seconds=0.1, clock=clock)
    assert lag() == 0
    entries = [
        LogEntry(kind="event", source="s", id=str(n), at=NOON, payload=b"") for n in range(5)
    ]
    with writing(databases.log) as connection:
        last = log.append(connection, entries).last_offset
    assert lag() == 0
    clock.now += 0.2
    assert lag() == 5
    boundary = Boundary(first_offset=1, last_offset=last - 2, at=NOON)
    with writing(databases.state) as connection:
        progress_stores.advance(connection, WORKER, boundary, Reached(offset=last - 2))
    clock.now += 0.2
    assert lag() == 2
