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
    roles: tuple[str, ...] = ()


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457, as the API tells why it refused."""

    type: str = ""
    title: str = ""
    detail: str = ""
    errors: tuple[dict[str, Any], ...] = ()
