"""
A mode of compatibility and a policy as if contracts were held to them: which of the versions that
stand could not have been published.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from governance.compatibility.comparison import Policy, Verdict, concluded
from governance.contract.artifact import ArtifactError
from governance.contract.catalogue import Compatibility, Contract, Version
from governance.contract.evolution import PUBLISHING, against_published, predecessors, read_version
from governance.contract.finding import BLOCKING, Finding


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A version as it is tried; `blocking` is found then, `now` is by the contract's own mode."""

    version: Version
    verdict: Verdict
    now: Verdict
    blocking: tuple[Finding, ...]


def held(
    contract: Contract,
    versions: Sequence[Version],
    mode: Compatibility | None,
    policy: Policy,
    *,
    at: datetime,
) -> Iterator[Held]:
    """
    Yield each version of *contract* that is not retired and had one published before it, the
    highest first; *mode* None: that of the contract.
    """
    tried = replace(contract, compatibility=mode or contract.compatibility)
    for one in versions:
        if one.lifecycle == "retired" or not predecessors(versions, one.number):
            continue
        found = _found(tried, one, versions, policy, at)
        now = _found(contract, one, versions, PUBLISHING, at)
        yield Held(
            version=one,
            verdict=concluded(found).verdict,
            now=concluded(now).verdict,
            blocking=tuple(each for each in found if each.level in BLOCKING),
        )


def _found(
    contract: Contract, one: Version, versions: Sequence[Version], policy: Policy, at: datetime
) -> Sequence[Finding]:
    try:
        artifact = read_version(one)
    except ArtifactError as error:
        unread = f"not evaluated: the version cannot be read: {error.message}"
        return [Finding(id="unreadable", rule="unreadable", level="not_evaluated", message=unread)]
    return against_published(contract, artifact, one.number, versions, at=at, policy=policy)
