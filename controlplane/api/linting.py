"""Lint policies: what is asked of contracts, as governed documents, and what each would find."""

from collections import Counter
from typing import Any

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, RawBody

from controlplane.api import documents as governed
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.lintpolicies import KIND
from governance.contract import stores as contracts
from governance.contract.artifact import ArtifactError
from governance.contract.evolution import read_version
from governance.contract.versions import styled
from governance.lint.reading import read_policy

_TAGS = ["Contracts"]


class RuleFound(msgspec.Struct, frozen=True, kw_only=True):
    rule: str
    level: str
    contracts: int
    findings: int


class ContractFound(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    version: str
    blocked: bool
    findings: int


class SimulatedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """`blocked` counts contracts that could not be published; `unread` could not be looked at."""

    policy: str
    version: str
    contracts: int
    blocked: int
    rules: tuple[RuleFound, ...]
    items: tuple[ContractFound, ...]
    unread: tuple[str, ...]


@put(
    "/v1/lint-policies/{policy:str}",
    operation_id="put_lint_policy",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.STEWARD,
)
def put_lint_policy(
    runtime: Wired,
    request: WebRequest,
    policy: FromPath[str],
    body: RawBody,
    *,
    activate: FromQuery[bool] = True,
) -> Response[governed.DocumentItem]:
    """Register a version of a lint policy and put it in force: later versions are held to it."""
    text = governed.read_text(body)
    read = governed.read_checked(text, read_policy)
    governed.require_name(read.name, policy, "policy")
    return governed.put(
        runtime,
        request,
        kind=KIND,
        name=read.name,
        version=read.version,
        text=text,
        activate=activate,
    )


@get(
    "/v1/lint-policies/{policy:str}",
    operation_id="get_lint_policy",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_lint_policy(runtime: Wired, request: WebRequest, policy: FromPath[str]) -> Response[Any]:
    """The lint policy in force, as it was written."""
    return governed.shown(runtime, request, KIND, policy)


@post(
    "/v1/lint-policies/{policy:str}/simulation",
    operation_id="simulate_lint_policy",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.VIEWER,
)
def simulate_lint_policy(runtime: Wired, policy: FromPath[str], body: RawBody) -> SimulatedPolicy:
    """What the policy in the body would find in the newest version of each contract."""
    read = governed.read_checked(governed.read_text(body), read_policy)
    governed.require_name(read.name, policy, "policy")
    rules: Counter[tuple[str, str]] = Counter()
    holders: Counter[tuple[str, str]] = Counter()
    items, unread = [], []
    with reading(runtime.databases.state) as connection:
        for contract, version in contracts.newest(connection):
            try:
                found = styled(contract, read_version(version), [read])
            except ArtifactError:
                unread.append(contract.subject)
                continue
            told = Counter((one.rule, one.level) for one in found)
            rules.update(told)
            holders.update(told.keys())
            items.append(
                ContractFound(
                    subject=contract.subject,
                    version=version.version,
                    blocked=any(one.level == "error" for one in found),
                    findings=len(found),
                )
            )
    return SimulatedPolicy(
        policy=read.name,
        version=read.version,
        contracts=len(items),
        blocked=sum(one.blocked for one in items),
        rules=tuple(
            RuleFound(rule=key[0], level=key[1], contracts=holders[key], findings=count)
            for key, count in rules.most_common()
        ),
        items=tuple(items),
        unread=tuple(unread),
    )


HANDLERS = [put_lint_policy, get_lint_policy, simulate_lint_policy]
