"""API keys, and who the caller is taken for. A token is shown once, when it is made."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from controlplane.api.problem import invalid
from controlplane.api.query import Items
from controlplane.api.submission import change, respond, submit
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity import stores
from controlplane.identity.key import ApiKey, mint
from controlplane.identity.name_stores import names_of
from controlplane.identity.role import Role
from observability.intake.cloudevent import MAX_NAME
from rules.instant import render_instant

_TAGS = ["Identity"]
MOST_SOURCES = 100
Actors = Annotated[
    str,
    QueryParameter(max_length=4_000, description="As history says them, with commas: `key:<id>`."),
]
Source = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME)]


class KeyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    With `id` and `hash` the caller has made the token and its secret never travels; without
    them it is made here and stands in the answer, once. A key with `sources` tells events of
    these alone; one that ends in `*` names all that begin so.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    role: Role
    sources: Annotated[list[Source], msgspec.Meta(max_length=MOST_SOURCES)] = []
    expires_at: datetime | None = None
    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{12}$")] | None = None
    hash: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")] | None = None


class KeyItem(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    role: Role
    sources: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    live: bool


class Made(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    name: str
    role: Role
    token: str | None = None


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    revoked: bool


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """`actor` is what history says, `name` what people do."""

    actor: str
    name: str
    role: Role
    roles: tuple[str, ...]
    sources: tuple[str, ...]


class Named(msgspec.Struct, frozen=True, kw_only=True):
    actor: str
    name: str


@get("/v1/me", operation_id="get_me", tags=_TAGS, sync_to_thread=True, role=Role.VIEWER)
def get_me(runtime: Wired, request: WebRequest) -> Me:
    """Who the caller is taken for, and every role that they have."""
    actor = request.user
    with reading(runtime.databases.state) as connection:
        named = names_of(connection, [actor.name])
    return Me(
        actor=actor.name,
        name=named.get(actor.name, actor.name),
        role=actor.role,
        roles=actor.roles,
        sources=actor.sources,
    )


@get("/v1/names", operation_id="list_names", tags=_TAGS, sync_to_thread=True, role=Role.VIEWER)
def list_names(runtime: Wired, actor: Actors) -> Items[Named]:
    """What people are called whom history knows by their key; only those that are asked for."""
    with reading(runtime.databases.state) as connection:
        found = names_of(connection, actor.split(","))
    return Items(items=[Named(actor=one, name=name) for one, name in sorted(found.items())])


@post("/v1/keys", operation_id="create_key", tags=_TAGS, sync_to_thread=True, role=Role.ADMIN)
def create_key(runtime: Wired, request: WebRequest, data: JSONBody[KeyBody]) -> Response[Made]:
    """Make a key; a token that is made here stands in this answer and nowhere else."""
    expires = data.expires_at
    if expires is not None and (expires.tzinfo is None or expires <= datetime.now(UTC)):
        raise invalid("/expires_at", "Name a time to come, with its zone.")
    if (data.id is None) != (data.hash is None):
        raise invalid("/hash", "Give id and hash together, or neither.")
    minted = mint() if data.id is None else None
    body = {
        "id": minted.id if minted else data.id,
        "hash": minted.hash if minted else data.hash,
        "name": data.name,
        "role": data.role.value,
        **({"sources": data.sources} if data.sources else {}),
        **({"expires_at": render_instant(expires)} if expires else {}),
    }
    outcome = submit(runtime, request, "key:create", body)
    if outcome.refused or minted is None:
        return respond(outcome)
    return Response(Made(**outcome.body, token=minted.token), status_code=outcome.status)


@get("/v1/keys", operation_id="list_keys", tags=_TAGS, sync_to_thread=True, role=Role.ADMIN)
def list_keys(runtime: Wired) -> Items[KeyItem]:
    """Every key, revoked and expired ones too; no secrets."""
    at = datetime.now(UTC)
    with reading(runtime.databases.state) as connection:
        return Items(items=[_item(one, at=at) for one in stores.list_keys(connection)])


@post(
    "/v1/keys/{key:str}/revoke",
    operation_id="revoke_key",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.ADMIN,
)
def revoke_key(runtime: Wired, request: WebRequest, key: FromPath[str]) -> Response[Revoked]:
    """Close the door to a key, from the next request on."""
    return change(runtime, request, "key:revoke", {"id": key})


def _item(one: ApiKey, *, at: datetime) -> KeyItem:
    return KeyItem(
        id=one.id,
        name=one.name,
        role=one.role,
        sources=one.sources,
        created_at=one.created_at,
        expires_at=one.expires_at,
        revoked_at=one.revoked_at,
        live=one.live(at=at),
    )


HANDLERS = [get_me, list_names, create_key, list_keys, revoke_key]
