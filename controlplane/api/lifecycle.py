"""The versions of a rule set: which stands where, since when, and the way to the next state."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from controlplane import registered
from controlplane.api import documents as governed
from controlplane.api.precondition import expected
from controlplane.api.problem import not_found
from controlplane.api.query import Items
from controlplane.api.submission import plain, respond, submit
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.name_stores import names_of
from controlplane.identity.role import LOCAL, Role
from controlplane.pipeline.command import Outcome
from controlplane.precondition import etag
from controlplane.rulecheck import judge
from controlplane.runtime import Runtime
from governance.document import GovernedDocument, planned_stores
from governance.document import stores as documents
from governance.document.governed_document import State
from governance.document.succession import predecessor
from rules.refusal import Refusal

_TAGS = ["Rules"]
_BY = ("created_by", "changed_by", "signed_by")
Instant = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
_VERSION = "/v1/rulesets/{ruleset:str}/versions/{version:str}"


class PlannedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A state that a version comes into at a time to come, and who asked for that."""

    to: State
    at: datetime
    by: str


class RuleSetVersion(governed.DocumentItem, frozen=True, kw_only=True):
    """A version as it stands, the transition that waits for its time, and who holds which key."""

    planned: PlannedItem | None = None
    names: dict[str, str] = msgspec.field(default_factory=dict)


class TransitionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`effective_from` lets the transition wait; the state it is in takes a waiting one back."""

    to: State
    comment: str = ""
    effective_from: Instant | None = None


class RollbackBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    comment: str = ""


@post(
    f"{_VERSION}/transitions",
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
) -> Response[RuleSetVersion]:
    """
    Move a version on: draft, shadow, active, retired; an earlier one may be active again.

    A version is put in force by a steward who did not write it; who works without a key on their
    own machine has nobody else. What its process and contracts promise now is what it is checked
    by, and by what they promise then where it waits. Open cases are then judged anew, and
    exceptions of rules that are asked no longer end with that reason.
    """
    named = {"name": ruleset, "version": version}
    body = {**named, **plain(data), **_demanded(runtime, request), **expected(request)}

    def unsound() -> Refusal | None:
        with reading(runtime.databases.state) as connection:
            found = documents.get_document(connection, "ruleset", ruleset, version)
            return _unsound(connection, found) if data.to == "active" else None

    return _named(runtime, submit(runtime, request, "ruleset:transition", body, unsound))


@post(
    "/v1/rulesets/{ruleset:str}/rollback",
    operation_id="roll_back_ruleset",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.STEWARD,
)
def roll_back(
    runtime: Wired, request: WebRequest, ruleset: FromPath[str], data: JSONBody[RollbackBody]
) -> Response[RuleSetVersion]:
    """
    Put the version back in force that the present one took the place of.

    Again, and the one before that comes back; 409 where nothing older was in force.
    """
    body = {"name": ruleset, **plain(data), **_demanded(runtime, request), **expected(request)}

    def unsound() -> Refusal | None:
        with reading(runtime.databases.state) as connection:
            versions = documents.list_versions(connection, "ruleset", ruleset)
            return _unsound(connection, predecessor(versions))

    return _named(runtime, submit(runtime, request, "ruleset:rollback", body, unsound))


def _named(runtime: Runtime, outcome: Outcome) -> Response[Any]:
    if outcome.refused:
        return respond(outcome)
    with reading(runtime.databases.state) as connection:
        names = names_of(connection, [outcome.body[by] for by in _BY])
    return Response({**outcome.body, "names": names}, status_code=outcome.status)


def _demanded(runtime: Runtime, request: WebRequest) -> dict[str, bool]:
    """What the house demands of who signs."""
    return {
        "sign_own": runtime.settings.sign_own_work or request.user == LOCAL,
        "shadow_first": runtime.settings.shadow_first,
    }


def _unsound(connection: Connection, found: GovernedDocument | None) -> Refusal | None:
    """Return why a version that held when it was drafted holds no longer."""
    return judge(connection, registered.ruleset_of(found.body)) if found else None


@get(
    "/v1/rulesets/{ruleset:str}/versions",
    operation_id="list_ruleset_versions",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_versions(runtime: Wired, ruleset: FromPath[str]) -> Response[Items[RuleSetVersion]]:
    """
    Every version, the highest first.

    The ETag is that of the version in force, which the `If-Match` of a move is held against.
    """
    with reading(runtime.databases.state) as connection:
        found = documents.list_versions(connection, "ruleset", ruleset)
        items = list(_items(connection, found))
    if not found:
        raise not_found("rule set", ruleset)
    active = next((one for one in found if one.active), None)
    headers = {"etag": etag(active.version, active.digest[:12])} if active else None
    return Response(Items(items=items), headers=headers)


@get(
    _VERSION,
    operation_id="get_ruleset_version",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_version(runtime: Wired, ruleset: FromPath[str], version: FromPath[str]) -> RuleSetVersion:
    """One version, as it was written."""
    with reading(runtime.databases.state) as connection:
        found = documents.get_document(connection, "ruleset", ruleset, version)
        if found is None:
            raise not_found("rule set version", f"{ruleset} {version}")
        (item,) = _items(connection, [found])
    return msgspec.structs.replace(item, body=found.body)


def _items(
    connection: Connection, versions: Sequence[GovernedDocument]
) -> Iterator[RuleSetVersion]:
    names = names_of(connection, (getattr(one, by) for one in versions for by in _BY))
    for one in versions:
        waits = planned_stores.of_name(connection, "ruleset", one.name).get(one.version)
        those = {getattr(one, by) for by in _BY}
        yield RuleSetVersion(
            **governed.shown_of(one),
            planned=PlannedItem(to=waits.to, at=waits.at, by=waits.actor) if waits else None,
            names={actor: name for actor, name in names.items() if actor in those},
        )


HANDLERS = [transition_version, roll_back, list_versions, get_version]
