"""
On loopback one person needs no token; elsewhere every request carries a key.

A browser may be lured into calling loopback: a foreign Host (DNS rebinding) and a
cross-site Origin are turned away, so that a web page cannot act for the person.
"""

from base64 import b64decode
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import anyio
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from controlplane.api.problem import ProblemError, forbidden
from controlplane.identity.key import key_id, opens
from controlplane.identity.keyring import Keyring
from controlplane.identity.role import ANYBODY, LOCAL, Actor, Role
from controlplane.runtime import Runtime
from controlplane.settings import Settings
from rules.refusal import Refusal

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_Connection = ASGIConnection[Any, Any, Any, Any]


class Authentication(AbstractAuthenticationMiddleware):
    """
    Sets the request's user to an `Actor`, who has the role that the route asks for.

    A route that names no role wants admin. What a route allows (OPTIONS) is no secret: whoever
    asks for that does not come by here. No guard, for which the route would be copied each time.
    """

    async def authenticate_request(self, connection: _Connection) -> AuthenticationResult:
        runtime: Runtime = connection.app.state.runtime
        _refuse_foreign(connection, runtime.settings)
        handler = connection.route_handler
        if is_public(handler):
            return AuthenticationResult(user=ANYBODY, auth=None)
        actor = await _caller(connection, runtime.settings)
        require(actor, handler.opt.get("role", Role.ADMIN))
        return AuthenticationResult(user=actor, auth=None)


async def _caller(connection: _Connection, settings: Settings) -> Actor:
    basic = bool(connection.route_handler.opt.get("basic"))
    token = _token(connection, basic=basic)
    if token is not None:
        keyring: Keyring = connection.app.state.keyring
        return await anyio.to_thread.run_sync(actor_of, keyring, token, datetime.now(UTC))
    if settings.loopback:
        return LOCAL
    raise unauthenticated(
        f"Send an API key: Authorization: Bearer cp_…; people open the app, {settings.app_url}"
    )


def is_public(handler: BaseRouteHandler) -> bool:
    """Whether the route says in so many words that it asks for no role: `role=None`."""
    return "role" in handler.opt and handler.opt["role"] is None


def require(actor: Actor, needed: Role) -> None:
    """Raise 403 unless *actor* has the role *needed*."""
    if not actor.may(needed):
        raise forbidden(f"This takes the role {needed.value}; {actor.name} is {actor.role.value}.")


def actor_of(keyring: Keyring, token: str, at: datetime) -> Actor:
    """Return whose *token* it is; raise 401 when it opens nothing."""
    id_ = key_id(token)
    if id_ is not None:
        key = keyring.find(id_)
        if key is not None and opens(key, token, at=at):
            return key.actor
    raise unauthenticated("The API key is unknown, expired or revoked.")


def unauthenticated(detail: str) -> ProblemError:
    return ProblemError(
        Refusal(
            type="unauthenticated", status=401, title="Who is calling is not known", detail=detail
        ),
        headers={"www-authenticate": "Bearer"},
    )


def _token(connection: _Connection, *, basic: bool) -> str | None:
    """*basic*: clients of another protocol send the key as the password of whatever user."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if not scheme:
        return None
    if basic and scheme.lower() == "basic":
        return _password(token)
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthenticated("Only bearer tokens are understood: Authorization: Bearer cp_…")
    return token.strip()


def _password(sent: str) -> str:
    try:
        return b64decode(sent, validate=True).decode().partition(":")[2]
    except ValueError as error:
        raise unauthenticated("The user and password cannot be read.") from error


def _refuse_foreign(connection: _Connection, settings: Settings) -> None:
    if not settings.loopback:
        return
    names = _LOOPBACK_NAMES | set(settings.allowed_hosts)
    host = _name(f"//{connection.headers.get('host', '')}")
    origin = connection.headers.get("origin")
    if host not in names or (origin is not None and _name(origin) not in names):
        raise ProblemError(
            Refusal(
                type="foreign-request",
                status=403,
                title="The request comes from elsewhere",
                detail="This server answers on this machine only. Name further hosts in "
                "CONTROLPLANE_ALLOWED_HOSTS.",
            )
        )


@lru_cache(maxsize=64)
def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
