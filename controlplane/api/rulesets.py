"""Rule sets: drafted, checked with their own test cases, put in force by a steward."""

from typing import Any, Literal

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, RawBody

from controlplane.api import documents as governed
from controlplane.api.problem import ProblemError, not_found
from controlplane.api.query import Items
from controlplane.api.submission import respond
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.pipeline.command import Outcome
from controlplane.rulecheck import examined, judge
from governance.document import stores as documents
from rules.analysis.examining import Examination
from rules.language import read_ruleset

_TAGS = ["Rules"]
ACTIVE = "active"
DRAFT = "draft"
RETIRED = "retired"


class RuleItem(msgspec.Struct, frozen=True, kw_only=True):
    rule: str
    version: str
    title: str
    question: str
    rationale: str
    severity: str
    type: str
    owner: str | None


class RuleSetAnswer(governed.DocumentItem, frozen=True, kw_only=True):
    """A version as it stands: `state` is draft, active or retired."""

    state: Literal["draft", "active", "retired"]


class RuleSetItem(msgspec.Struct, frozen=True, kw_only=True):
    """A rule set in force and what it asks."""

    ruleset: str
    version: str
    title: str
    owner: str | None
    process: str
    rules: list[RuleItem]


class TransitionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    to: Literal["active", "retired"]
    comment: str = ""


@put(
    "/v1/rulesets/{ruleset:str}/versions/{version:str}",
    operation_id="put_ruleset_version",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.CONTRIBUTOR,
)
def put_version(
    runtime: Wired,
    request: WebRequest,
    ruleset: FromPath[str],
    version: FromPath[str],
    body: RawBody,
) -> Response[RuleSetAnswer]:
    """Draft a version: type-checked against the facts of its process, its test cases run."""
    text = governed.read_text(body)
    read = governed.read_checked(text, read_ruleset)
    governed.require_name(read.ruleset, ruleset, "ruleset")
    governed.require_name(read.version, version, "version")
    with reading(runtime.databases.state) as connection:
        refusal = judge(connection, read)
    if refusal is not None:
        raise ProblemError(refusal)
    outcome = governed.submit_document(
        runtime, request, kind="ruleset", name=ruleset, version=version, text=text, activate=False
    )
    return respond(_with_state(outcome))


@post(
    "/v1/rulesets/check",
    operation_id="check_ruleset",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def check_ruleset(runtime: Wired, body: RawBody) -> Examination:
    """Say what is wrong with a rule set, run its test cases and their coverage; keep nothing."""
    read = governed.read_checked(governed.read_text(body), read_ruleset)
    with reading(runtime.databases.state) as connection:
        return examined(connection, read)


@post(
    "/v1/rulesets/{ruleset:str}/versions/{version:str}/transitions",
    operation_id="transition_ruleset_version",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.STEWARD,
)
def transition_version(
    runtime: Wired,
    request: WebRequest,
    ruleset: FromPath[str],
    version: FromPath[str],
    data: JSONBody[TransitionBody],
) -> Response[Any]:
    """
    Put a version in force, or the one in force out of it; open cases are judged anew.

    Exceptions of rules that are asked no longer end with that reason.
    """
    with reading(runtime.databases.state) as connection:
        found = documents.get_document(connection, "ruleset", ruleset, version)
    if found is None:
        raise not_found("rule set version", f"{ruleset} {version}")
    if data.to == RETIRED:
        retired = governed.retire(runtime, request, kind="ruleset", name=ruleset, version=version)
        return respond(_with_state(retired, idle=RETIRED))
    outcome = governed.submit_document(
        runtime,
        request,
        kind="ruleset",
        name=ruleset,
        version=version,
        text=found.body,
        activate=True,
    )
    return respond(_with_state(outcome))


@get(
    "/v1/rulesets",
    operation_id="list_rulesets",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_rulesets(runtime: Wired, process: FromQuery[str | None] = None) -> Items[RuleSetItem]:
    """The rule sets in force."""
    with reading(runtime.databases.state) as connection:
        active = documents.list_active(connection, "ruleset")
    found = [_item(one.body) for one in active]
    return Items(items=[one for one in found if process in (None, one.process)])


@get(
    "/v1/rulesets/{ruleset:str}/versions",
    operation_id="list_ruleset_versions",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_versions(runtime: Wired, ruleset: FromPath[str]) -> Items[governed.DocumentItem]:
    """Every version, the highest first."""
    with reading(runtime.databases.state) as connection:
        found = documents.list_versions(connection, "ruleset", ruleset)
    if not found:
        raise not_found("rule set", ruleset)
    return Items(items=[governed.item(one) for one in found])


@get(
    "/v1/rulesets/{ruleset:str}/versions/{version:str}",
    operation_id="get_ruleset_version",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_version(
    runtime: Wired, ruleset: FromPath[str], version: FromPath[str]
) -> governed.DocumentItem:
    """One version, as it was written."""
    with reading(runtime.databases.state) as connection:
        found = documents.get_document(connection, "ruleset", ruleset, version)
    if found is None:
        raise not_found("rule set version", f"{ruleset} {version}")
    return governed.item(found, body=True)


def _with_state(outcome: Outcome, *, idle: str = DRAFT) -> Outcome:
    if outcome.refused:
        return outcome
    state = ACTIVE if outcome.body["active"] else idle
    return Outcome(status=outcome.status, body={**outcome.body, "state": state})


def _item(text: str) -> RuleSetItem:
    read = governed.ruleset_of(text)
    return RuleSetItem(
        ruleset=read.ruleset,
        version=read.version,
        title=read.title,
        owner=read.owner,
        process=read.process,
        rules=[
            RuleItem(
                rule=one.rule,
                version=one.version,
                title=one.title,
                question=one.question,
                rationale=one.rationale,
                severity=one.severity,
                type=one.type,
                owner=one.owner,
            )
            for one in read.rules
        ],
    )


HANDLERS = [
    check_ruleset,
    put_version,
    transition_version,
    list_rulesets,
    list_versions,
    get_version,
]
