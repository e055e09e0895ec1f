"""A mode of compatibility tried over all contracts: what of what stands it would refuse."""

from collections import Counter
from datetime import UTC, datetime

import msgspec
from litestar import post
from litestar.params import FromQuery, JSONBody

from controlplane.api.query import DEFAULT_LIMIT, Cursor, Limit
from controlplane.api.wiring import Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from governance.compatibility.comparison import Policy, Verdict
from governance.contract import stores as contracts
from governance.contract.catalogue import Compatibility
from governance.contract.evolution import PUBLISHING
from governance.contract.simulating import Held, held
from observability.page import read_cursor, write_cursor

_SHOWN = 20


class SimulationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`mode` left out: the one of each contract, under another `policy`."""

    mode: Compatibility | None = None
    policy: Policy = PUBLISHING


class HeldVersion(msgspec.Struct, frozen=True, kw_only=True):
    """
    A version that would be refused, or that would not be judged; `now` is the verdict that it has
    by the mode of its contract. `findings` counts what blocks, `rules` names the first of it.
    """

    subject: str
    owner: str
    mode: str
    version: str
    lifecycle: str
    verdict: Verdict
    now: Verdict
    findings: int
    rules: tuple[str, ...]
    first: str


class SimulatedMode(msgspec.Struct, frozen=True, kw_only=True):
    """
    Counts are of the contracts of this page. `versions` were compared with one before; of them
    `refused` would be, `newly` those that are not by the mode of their contract. `rules` counts
    the versions that each kind of finding would stop.
    """

    contracts: int
    versions: int
    refused: int
    newly: int
    rules: dict[str, int]
    items: tuple[HeldVersion, ...]
    next_cursor: str | None = None


@post(
    "/v1/compatibility/simulation",
    operation_id="simulate_compatibility",
    tags=["Contracts"],
    sync_to_thread=True,
    status_code=200,
    role=Role.VIEWER,
)
def simulate_compatibility(  # noqa: PLR0913 - one argument a query parameter
    runtime: Wired,
    data: JSONBody[SimulationBody],
    *,
    owner: FromQuery[str | None] = None,
    domain: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> SimulatedMode:
    """
    Which versions that stand could not be published under another mode or policy.

    Nothing is put in force. A page is of contracts, by subject; those whose versions all pass
    are counted.
    """
    after = None if cursor is None else read_cursor(cursor)[1]
    now = datetime.now(UTC)
    found: list[HeldVersion] = []
    rules: Counter[str] = Counter()
    versions = 0
    with reading(runtime.databases.state) as connection:
        listed = contracts.list_contracts(
            connection, owner=owner, domain=domain, after=after, limit=limit + 1
        )
        for one in listed[:limit]:
            existing = contracts.list_versions(connection, one.contract.subject)
            for each in held(one.contract, existing, data.mode, data.policy, at=now):
                versions += 1
                if each.verdict != "compatible":
                    rules.update({finding.rule for finding in each.blocking})
                    mode = data.mode or one.contract.compatibility
                    found.append(_item(each, one.contract.owner, mode))
    last = listed[limit - 1].contract.subject if len(listed) > limit else None
    return SimulatedMode(
        contracts=len(listed[:limit]),
        versions=versions,
        refused=len(found),
        newly=sum(one.now == "compatible" for one in found),
        rules=dict(rules.most_common()),
        items=tuple(found),
        next_cursor=None if last is None else write_cursor(0, last),
    )


def _item(one: Held, owner: str, mode: str) -> HeldVersion:
    rules = dict.fromkeys(each.rule for each in one.blocking)
    return HeldVersion(
        subject=one.version.subject,
        owner=owner,
        mode=mode,
        version=one.version.version,
        lifecycle=one.version.lifecycle,
        verdict=one.verdict,
        now=one.now,
        findings=len(one.blocking),
        rules=tuple(rules)[:_SHOWN],
        first=one.blocking[0].message if one.blocking else "",
    )


HANDLERS = [simulate_compatibility]
