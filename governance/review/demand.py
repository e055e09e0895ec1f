"""
What a house demands of a version: how many stewards sign it, how long before its end is told.

A demand is written `2`, `critical=2` or `domain:finance=2`; of those that meet a contract the
highest counts. What nobody demands is not asked for.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from governance.contract.catalogue import Contract

ENTRY = r"^((low|medium|high|critical|domain:[a-z0-9.-]+)=)?\d{1,4}$"
_DOMAIN = "domain:"


class Demands(msgspec.Struct, frozen=True, kw_only=True):
    """
    `quorum` and `notice` (in days) as they are written.

    `sign_own` lets authors sign their own work: who works alone has nobody else. A version is
    in use by whoever was seen to use it in the last `quiet_days`.
    """

    quorum: tuple[str, ...] = ()
    notice: tuple[str, ...] = ()
    environments: tuple[str, ...] = ("dev", "test", "prod")
    quiet_days: int = 7
    sign_own: bool = False

    def stewards(self, contract: Contract) -> int:
        """Return how many stewards must have signed a version of *contract*."""
        asked = _highest(self.quorum, contract)
        return min(asked, 1) if self.sign_own else asked

    def reviewers(self, contract: Contract) -> int:
        """Return how many must sign where a review was asked for: somebody at least."""
        return max(self.stewards(contract), 1)

    def notice_days(self, contract: Contract) -> int:
        """Return how many days before its end a version of *contract* is called deprecated."""
        return _highest(self.notice, contract)

    def seen_since(self, at: datetime) -> datetime:
        """Return since when somebody counts as using a version still at the time *at*."""
        return at - timedelta(days=self.quiet_days)


def read_demands(body: Mapping[str, Any]) -> Demands:
    """Return what a command says is demanded; one that says nothing is held to nothing."""
    told = body.get("demands")
    return msgspec.convert(told, Demands) if told else Demands(sign_own=True)


def _highest(entries: Iterable[str], contract: Contract) -> int:
    met = [0]
    for entry in entries:
        whom, _, number = entry.rpartition("=")
        domain = whom.startswith(_DOMAIN) and whom.removeprefix(_DOMAIN) == contract.domain
        if domain or whom in {"", contract.criticality}:
            met.append(int(number))
    return max(met)
