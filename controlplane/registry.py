"""
The registry as the door sees it: contracts in force with compiled validators, and span
mappings in force.

It looks for changes every 250 ms, and before an event is refused for a contract that may
have been published this very moment.
"""

import time
from collections.abc import Callable, Sequence
from threading import Lock

import msgspec
import structlog

from controlplane.database import Databases, reading
from controlplane.registry_stores import Revision, revision
from governance.contract import stores as contracts
from governance.contract.artifact import ArtifactError
from governance.contract.avro.validation import validator as avro_validator
from governance.contract.jsonschema import validator
from governance.contract.published import PublishedContracts, PublishedVersion
from governance.document import stores as documents
from observability.intake.mapping import SpanMapping, SpanMappings
from rules.document import DocumentError, read_document
from rules.refusal import Problem

PERIOD_SECONDS = 0.25
MAX_CACHED = 4096
_Check = Callable[[dict[str, object]], Sequence[Problem]]
VALIDATORS: dict[str, Callable[[bytes, str], _Check]] = {
    "jsonschema": validator,
    "avro": avro_validator,
}
_EVENTS = (*VALIDATORS, "protobuf")
_logger = structlog.get_logger(__name__)


class BindingContract(msgspec.Struct, frozen=True, kw_only=True):
    """One version in force, ready to check data; `unchecked` says why it cannot."""

    reference: str
    owner: str
    check: _Check
    unchecked: str | None = None


class Snapshot:
    """The registry at one revision; it never changes, so any thread may read it."""

    def __init__(
        self,
        published: PublishedContracts,
        mappings: SpanMappings,
        compiled: dict[str, _Check],
    ) -> None:
        self.mappings = mappings
        self.compiled = compiled
        self.leaving = tuple(published.leaving)
        self._published = published
        self._found: dict[tuple[str, int | None, str | None], BindingContract | None] = {}

    def find(self, type_: str, major: int | None, dataschema: str | None) -> BindingContract | None:
        asked = (type_, major, dataschema)
        if asked in self._found:
            return self._found[asked]
        name = type_ if major is None else f"{type_}.v{major}"
        version = self._published.resolve(name, dataschema)
        found = self._bind(version) if version and version.format in _EVENTS else None
        if len(self._found) < MAX_CACHED:  # types come from outside
            self._found[asked] = found
        return found

    def owner(self, type_: str) -> str | None:
        """Return who owns the subject *type_*, published or not."""
        return self._published.owners.get(type_)

    def _bind(self, version: PublishedVersion) -> BindingContract:
        if version.format not in VALIDATORS:
            return BindingContract(
                reference=version.reference,
                owner=version.owner,
                check=lambda _: [],
                unchecked=f"data in JSON are not held against a contract in {version.format}",
            )
        check = self.compiled.get(version.reference)
        if check is None:
            check = self.compiled[version.reference] = _compile(version)
        return BindingContract(reference=version.reference, owner=version.owner, check=check)


class Registry:
    """Hands out the current snapshot; compiled validators outlive it."""

    def __init__(
        self,
        databases: Databases,
        *,
        period_seconds: float = PERIOD_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state = databases.state
        self._period = period_seconds
        self._clock = clock
        self._lock = Lock()
        self._snapshot: Snapshot | None = None
        self._revision: Revision = ()
        self._looked = 0.0

    def snapshot(self) -> Snapshot:
        """Return the registry as of at most the period ago; raises what the database raises."""
        known = self._snapshot
        if known is not None and self._clock() - self._looked < self._period:
            return known
        return self.refresh()

    def refresh(self) -> Snapshot:
        """Look now; the same object comes back when nothing changed."""
        with self._lock:
            looked = self._clock()
            with reading(self._state) as connection:
                found = revision(connection, ["mapping"])
                if self._snapshot is None or found != self._revision:
                    mappings = documents.list_active(connection, "mapping")
                    compiled = self._snapshot.compiled if self._snapshot else {}
                    self._snapshot = Snapshot(
                        contracts.published(connection),
                        SpanMappings(_read_mappings([one.body for one in mappings])),
                        dict(compiled),
                    )
                    self._revision = found
            self._looked = looked
            return self._snapshot


def _compile(version: PublishedVersion) -> _Check:
    try:
        return VALIDATORS[version.format](version.artifact, version.media_type)
    except ArtifactError as error:
        problem = Problem(pointer="", detail=f"the published schema cannot be evaluated: {error}")
        return lambda _: [problem]


def _read_mappings(bodies: Sequence[str]) -> list[SpanMapping]:
    read = []
    for body in bodies:
        try:
            read.append(read_document(body, SpanMapping))
        except DocumentError as error:
            _logger.warning("span_mapping_unreadable", error=str(error))
    return read
