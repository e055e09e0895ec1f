"""Contracts, their versions and who reads them."""

from datetime import datetime
from typing import Any

import msgspec

from ui.records.money import Page


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    system: str = ""
    versions: str = ""
    contact: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`id` names this finding, `rule` the kind of it; `against` is empty for a flaw of its own."""

    id: str = ""
    rule: str = ""
    level: str = ""
    message: str = ""
    direction: str = ""
    pointer: str = ""
    path: str = ""
    line: int | None = None
    before: Any = None
    after: Any = None
    against: str = ""

    @property
    def of_style(self) -> bool:
        """Whether a lint policy asks for it."""
        return self.id.startswith("lint:")


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a check or a diff says; `against` is None when there is nothing to compare with."""

    verdict: str = ""
    findings: tuple[Finding, ...] = ()
    against: str | None = None


class ContractVersion(msgspec.Struct, frozen=True, kw_only=True):
    version: str = ""
    lifecycle: str = ""
    media_type: str = ""
    digest: str = ""
    created_at: datetime | None = None
    created_by: str = ""
    published_at: datetime | None = None
    deprecated_at: datetime | None = None
    sunset_at: datetime | None = None
    successor: str | None = None
    findings: tuple[Finding, ...] = ()


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    subject: str = ""
    title: str | None = None
    kind: str = ""
    format: str = ""
    domain: str = ""
    owner: str = ""
    system: str = ""
    classification: str = ""
    compatibility: str = ""
    criticality: str = ""


class CataloguedContract(Contract, frozen=True, kw_only=True):
    """A line of the catalogue: the version to know of, where it stands, and how many there are."""

    version: str | None = None
    status: str | None = None
    version_count: int = 0
    consumer_count: int = 0


class WholeContract(Contract, frozen=True, kw_only=True):
    """One contract with its versions, the highest first, and its declared consumers."""

    versions: tuple[ContractVersion, ...] = ()
    consumers: tuple[Consumer, ...] = ()


class Contracts(Page, frozen=True, kw_only=True):
    items: tuple[CataloguedContract, ...] = ()
