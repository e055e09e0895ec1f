"""
An API key is `cp_<id>_<secret>`: the id may be shown, the secret is 256 random bits.

Only the SHA-256 of the whole token is stored. A fast hash is right for a secret that
nobody can guess; a password would need a slow one.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from controlplane.identity.role import Actor, Role
from rules.instant import parse_instant

_TOKEN = re.compile(r"cp_([0-9a-f]{12})_[A-Za-z0-9_-]{43}\Z")


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    hash: str
    name: str
    role: Role
    sources: tuple[str, ...] = ()
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def live(self, *, at: datetime) -> bool:
        expired = self.expires_at is not None and self.expires_at <= at
        return self.revoked_at is None and not expired

    @property
    def actor(self) -> Actor:
        return Actor(name=f"key:{self.id}", role=self.role, sources=self.sources)


class Minted(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is shown once and kept nowhere."""

    id: str
    hash: str
    token: str


def requested(body: Mapping[str, Any], *, at: datetime) -> ApiKey:
    """Return the key that the command `key:create` of *body* makes."""
    expires = body.get("expires_at")
    return ApiKey(
        id=body["id"],
        hash=body["hash"],
        name=body["name"],
        role=Role(body["role"]),
        sources=tuple(body.get("sources", ())),
        created_at=at,
        expires_at=parse_instant(expires) if expires else None,
    )


def mint() -> Minted:
    """Return a new key; its secret comes from the system's own randomness."""
    id_ = secrets.token_hex(6)
    token = f"cp_{id_}_{secrets.token_urlsafe(32)}"
    return Minted(id=id_, hash=digest(token), token=token)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def key_id(token: str) -> str | None:
    """Return the id that *token* names, None when it is no token of ours."""
    match = _TOKEN.match(token)
    return match[1] if match else None


def opens(key: ApiKey, token: str, *, at: datetime) -> bool:
    """Whether *token* is the secret of *key*, and the key is neither expired nor revoked."""
    return hmac.compare_digest(key.hash, digest(token)) and key.live(at=at)
