"""What the events of a micro-batch look like is counted, beside the contracts that they keep."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from controlplane.pipeline.arrival import Arrival
from governance.conformance.declaring import declared_by
from governance.contract.stores import get_contract, get_version
from observability.traffic import stores as traffic

NOTHING: Collection[str] = frozenset()


class Witness:
    """Remembers which fields of a contract are enumerations, until it is told to forget."""

    def __init__(self) -> None:
        self._enumerated: dict[str, Collection[str]] = {}

    def forget(self) -> None:
        self._enumerated = {}

    def count(self, state: Connection, arrivals: Sequence[Arrival]) -> None:
        """Count *arrivals* by contract, source and day."""

        def enumerated(contract: str) -> Collection[str]:
            if contract not in self._enumerated:
                self._enumerated[contract] = _enumerated(state, contract)
            return self._enumerated[contract]

        traffic.count(state, ((one.event, one.at) for one in arrivals), enumerated)


def _enumerated(state: Connection, contract: str) -> Collection[str]:
    subject, _, version = contract.rpartition("@")
    found, whose = get_version(state, subject, version), get_contract(state, subject)
    declared = declared_by(whose.format, found) if found is not None and whose else None
    return declared.enumerated if declared is not None else NOTHING
