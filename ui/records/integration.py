"""Which system tells which other what, who is the record of what, and what is not known."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from ui.records.money import Page


class Integration(msgspec.Struct, frozen=True, kw_only=True):
    """One flow: from a producer by a contract to a consumer."""

    subject: str = ""
    title: str = ""
    kind: str = ""
    producer: str = ""
    consumer: str | None = None
    owner: str | None = None
    criticality: str | None = None
    code: str | None = None
    supported: bool | None = None
    events: int = 0
    traced: int = 0
    last_at: datetime | None = None
    seen: int = 0
    gaps: tuple[str, ...] = ()


class Integrations(Page, frozen=True, kw_only=True):
    items: tuple[Integration, ...] = ()
    total: int = 0
    gaps: Mapping[str, int] = {}
    meaning: Mapping[str, str] = {}


class MasteredEntity(msgspec.Struct, frozen=True, kw_only=True):
    """The system of record of each attribute, and of how many entities another told it."""

    entity: str = ""
    version: str = ""
    title: str = ""
    owner: str = ""
    attributes: Mapping[str, str] = {}
    strayed: Mapping[str, int] = {}


class SystemsOfRecord(Page, frozen=True, kw_only=True):
    items: tuple[MasteredEntity, ...] = ()
