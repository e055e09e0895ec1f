"""Rule sets: drafted, checked with their own test cases, and what those in force ask."""

from typing import Annotated

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, QueryParameter, RawBody

from controlplane import registered
from controlplane.api import documents as governed
from controlplane.api.query import Items
from controlplane.api.submission import respond
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.pack.shipped import shipped_author
from controlplane.rulecheck import examined, judge_draft
from governance.document import stores as documents
from governance.document.governed_document import GovernedDocument, State
from rules.analysis.examining import Examination
from rules.language import read_ruleset
from rules.refusal import Refusal

_TAGS = ["Rules"]
Standing = Annotated[State, QueryParameter(name="state", description="The state they stand in.")]


class RuleItem(msgspec.Struct, frozen=True, kw_only=True):
    rule: str
    version: str
    title: str
    question: str
    rationale: str
    next_step: str
    severity: str
    type: str
    owner: str | None


class RuleSetItem(msgspec.Struct, frozen=True, kw_only=True):
    """A rule set and what it asks, in a version that stands in `state`."""

    ruleset: str
    version: str
    state: State
    title: str
    owner: str | None
    process: str
    rules: list[RuleItem]


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
) -> Response[governed.DocumentItem]:
    """Draft a version: type-checked against the facts of its process, its test cases run."""
    text = governed.read_text(body)
    read = governed.read_checked(text, read_ruleset)
    governed.require_name(read.ruleset, ruleset, "ruleset")
    governed.require_name(read.version, version, "version")

    def unsound() -> Refusal | None:
        with reading(runtime.databases.state) as connection:
            return judge_draft(connection, read)

    outcome = governed.submit_document(
        runtime,
        request,
        kind="ruleset",
        name=ruleset,
        version=version,
        text=text,
        activate=False,
        author=shipped_author(text),
        check=unsound,
    )
    return respond(outcome)


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


@get(
    "/v1/rulesets",
    operation_id="list_rulesets",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_rulesets(
    runtime: Wired, process: FromQuery[str | None] = None, standing: Standing = "active"
) -> Items[RuleSetItem]:
    """The rule sets in force, or their versions that stand in another *state*."""
    with reading(runtime.databases.state) as connection:
        those = documents.list_standing(connection, "ruleset", standing)
    found = [_item(one) for one in those]
    return Items(items=[one for one in found if process in (None, one.process)])


def _item(one: GovernedDocument) -> RuleSetItem:
    read = registered.ruleset_of(one.body)
    return RuleSetItem(
        ruleset=read.ruleset,
        version=read.version,
        state=one.state,
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
                next_step=one.next_step,
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
    list_rulesets,
]
