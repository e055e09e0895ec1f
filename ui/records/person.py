"""Who answers for what, who is asking, and why something was refused."""

from typing import Any

import msgspec

from ui.records.money import Page


class Team(msgspec.Struct, frozen=True, kw_only=True):
    team: str = ""
    name: str = ""
    members: tuple[str, ...] = ()


class Teams(Page, frozen=True, kw_only=True):
    items: tuple[Team, ...] = ()


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who the API takes the reader for."""

    actor: str = ""
    name: str = ""
    role: str = ""
    roles: tuple[str, ...] = ()

    def may(self, role: str) -> bool:
        return role in self.roles


class Named(msgspec.Struct, frozen=True, kw_only=True):
    actor: str = ""
    name: str = ""


class Names(Page, frozen=True, kw_only=True):
    items: tuple[Named, ...] = ()


class Found(msgspec.Struct, frozen=True, kw_only=True):
    level: str = ""
    message: str = ""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457, as the API tells why it refused; `findings` stand in the way."""

    type: str = ""
    title: str = ""
    detail: str = ""
    errors: tuple[dict[str, Any], ...] = ()
    findings: tuple[Found, ...] = ()
