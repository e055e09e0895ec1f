"""Lint policies: what is asked of contracts, as governed documents, and what each would find."""

from collections import Counter
from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromPath, FromQuery, RawBody

from controlplane.api import documents as governed
from controlplane.api.query import Items
from controlplane.api.submission import respond
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.lintpolicies import KIND
from governance.contract import stores as contracts
from governance.contract.artifact import ArtifactError
from governance.contract.evolution import read_version
from governance.contract.versions import styled
from governance.document import GovernedDocument
from governance.document import stores as documents
from governance.lint.reading import read_policy
from governance.lint.ruleset import Blocks, RuleSet

_TAGS = ["Contracts"]


class PolicyItem(msgspec.Struct, frozen=True, kw_only=True):
    """`rules` are asked, `errors` of them as errors; an empty scope leaves none out."""

    policy: str
    version: str
    title: str
    blocks: Blocks
    rules: int
    errors: int
    domains: tuple[str, ...]
    subjects: tuple[str, ...]
    formats: tuple[str, ...]
    in_force_at: datetime | None
    changed_by: str


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
    "/v1/lint-policies",
    operation_id="list_lint_policies",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_lint_policies(runtime: Wired) -> Items[PolicyItem]:
    """The lint policies in force."""
    with reading(runtime.databases.state) as connection:
        found = [(one, read_policy(one.body)) for one in documents.list_active(connection, KIND)]
    return Items(items=[_item(one, policy) for one, policy in found])


def _item(one: GovernedDocument, policy: RuleSet) -> PolicyItem:
    asked = [rule.severity for rule in policy.rules if rule.severity != "off"]
    scope = policy.scope
    return PolicyItem(
        policy=policy.name,
        version=policy.version,
        title=policy.title,
        blocks=policy.blocks,
        rules=len(asked),
        errors=asked.count("error"),
        domains=scope.domains,
        subjects=scope.subjects,
        formats=scope.formats,
        in_force_at=one.in_force_at,
        changed_by=one.changed_by,
    )


@delete(
    "/v1/lint-policies/{policy:str}",
    operation_id="retire_lint_policy",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.STEWARD,
)
def retire_lint_policy(
    runtime: Wired, request: WebRequest, policy: FromPath[str]
) -> Response[governed.DocumentItem]:
    """Take the lint policy out of force: what it finds stops nobody any more."""
    return respond(governed.retire(runtime, request, kind=KIND, name=policy))


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


HANDLERS = [
    put_lint_policy,
    list_lint_policies,
    get_lint_policy,
    retire_lint_policy,
    simulate_lint_policy,
]
