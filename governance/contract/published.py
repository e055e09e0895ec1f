"""
Which contract an event answers to.

`ps.timesheet.approved.v2` is the highest version 2.x in force; without `.vN` it is the
highest of all. A `dataschema` that names a version of ours decides by itself.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from governance.version import SemanticVersion

_MAJOR = re.compile(r"(?P<subject>.+)\.v(?P<major>0|[1-9]\d{0,8})\Z")
_SCHEMA = re.compile(
    r"(?:.*/v1)?/contracts/(?P<subject>[^/]+)/versions/(?P<version>[^/]+)(?:/artifact)?\Z"
)


class PublishedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version in force: published, or deprecated and not yet retired."""

    subject: str
    version: str
    format: str
    media_type: str
    artifact: bytes
    owner: str
    deprecated: bool = False
    deprecated_at: datetime | None = None
    sunset_at: datetime | None = None
    successor: str | None = None

    @property
    def rank(self) -> tuple[bool, SemanticVersion]:
        """What is published goes before what is deprecated, then the higher version."""
        return (not self.deprecated, SemanticVersion.of(self.version))

    @property
    def reference(self) -> str:
        """`subject@version`, as events carry it."""
        return f"{self.subject}@{self.version}"


class PublishedContracts(msgspec.Struct, frozen=True, kw_only=True):
    """Every version in force by subject at one moment; `owners` of the other subjects too."""

    versions: Mapping[str, tuple[PublishedVersion, ...]]
    owners: Mapping[str, str] = {}

    @property
    def leaving(self) -> Sequence[PublishedVersion]:
        """Return what is deprecated, by subject."""
        return [one for ones in self.versions.values() for one in ones if one.deprecated]

    def resolve(self, type_: str, dataschema: str | None = None) -> PublishedVersion | None:
        """Return the version that an event of *type_* answers to; None when there is none."""
        named = _SCHEMA.match(dataschema) if dataschema else None
        if named and named["subject"] in self.versions:
            held = self.versions[named["subject"]]
            return next((one for one in held if one.version == named["version"]), None)
        subject, major = split_type(type_)
        candidates = [
            one
            for one in self.versions.get(subject, ())
            if major is None or SemanticVersion.of(one.version).major == major
        ]
        return max(candidates, key=lambda one: one.rank, default=None)


def split_type(type_: str) -> tuple[str, int | None]:
    """`ps.timesheet.approved.v2` → (`ps.timesheet.approved`, 2); without `.vN` → (itself, None)."""
    found = _MAJOR.match(type_)
    return (found["subject"], int(found["major"])) if found else (type_, None)


def names(type_: str, subject: str, majors: Collection[int]) -> bool:
    """Whether an event of *type_* answers to *subject*, in one of *majors* where it names one."""
    named, major = split_type(type_)
    return named == subject and (major is None or major in majors)
