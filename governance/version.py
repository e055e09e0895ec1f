"""
Semantic versions and the ranges that consumers pin.

https://semver.org: numbers compare as numbers, a pre-release comes before its release.
"""

import re

import msgspec
from msgspec.structs import replace

_VERSION = re.compile(
    r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?\Z"
)
_PART = re.compile(r"(\^|~|>=|<=|>|<|=)?\s*v?(\d{1,9})(?:\.(\d{1,9}|[x*]))?(?:\.(\d{1,9}|[x*]))?\Z")
_OPERATOR = re.compile(r"(\^|~|>=|<=|>|<|=)\s+")


class VersionError(ValueError):
    """Text that is no semantic version, or no range."""


class SemanticVersion(msgspec.Struct, frozen=True):
    major: int
    minor: int
    patch: int
    prerelease: str = ""

    @classmethod
    def parse(cls, text: str) -> "SemanticVersion | None":
        found = _VERSION.match(text)
        if not found:
            return None
        major, minor, patch, prerelease = found.groups()
        return cls(int(major), int(minor), int(patch), prerelease or "")

    @classmethod
    def of(cls, text: str) -> "SemanticVersion":
        """Return *text* as a version; raise `VersionError` when it is none."""
        version = cls.parse(text)
        if version is None:
            raise VersionError(f"{text!r} is not a semantic version such as 1.2.0")
        return version

    @property
    def _order(self) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]:
        parts = self.prerelease.split(".") if self.prerelease else []
        ranked = tuple((not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in parts)
        return (self.major, self.minor, self.patch, not self.prerelease, ranked)

    def __lt__(self, other: "SemanticVersion") -> bool:
        return self._order < other._order

    def __le__(self, other: "SemanticVersion") -> bool:
        return self._order <= other._order

    def __gt__(self, other: "SemanticVersion") -> bool:
        return self._order > other._order

    def __ge__(self, other: "SemanticVersion") -> bool:
        return self._order >= other._order

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        return f"{text}-{self.prerelease}" if self.prerelease else text


class _Bounds(msgspec.Struct, frozen=True):
    """
    From `low` (included) up to `high` (not included); None means without end.

    A pre-release of `high` lies outside: who pins 1.x does not ask for 2.0.0-rc.1.
    """

    low: SemanticVersion
    high: SemanticVersion | None

    def holds(self, version: SemanticVersion) -> bool:
        release = replace(version, prerelease="")
        return self.low <= version and (self.high is None or release < self.high)


def within(version: SemanticVersion, pinned: str) -> bool:
    """
    Tell whether *version* is in the range *pinned*; raise `VersionError` when that is no range.

    Ranges: `*`, `1`, `1.2`, `1.x`, `1.2.3`, `^1.2`, `~1.2`, `>=1.0 <2`; parts are all required.
    """
    text = _OPERATOR.sub(r"\1", pinned.strip())
    if text in {"", "*", "x"}:
        return True
    bounds = [_bounds(part) for part in text.replace(",", " ").split()]
    return all(one.holds(version) for one in bounds)


def _bounds(part: str) -> _Bounds:
    found = _PART.match(part)
    if not found:
        raise VersionError(f"{part!r} is not a range such as ^1.2 or >=1.0")
    operator, *numbers = found.groups()
    given = [int(n) for n in numbers if n is not None and n.isdigit()]
    major, minor, patch, *_ = [*given, 0, 0]
    low = SemanticVersion(major, minor, patch)
    after = _after(low, len(given))
    bounds = {
        "^": _Bounds(low, _caret(low)),
        "~": _Bounds(low, _after(low, min(len(given), 2))),
        ">=": _Bounds(low, None),
        ">": _Bounds(after, None),
        "<": _Bounds(_ZERO, low),
        "<=": _Bounds(_ZERO, after),
    }
    return bounds.get(operator, _Bounds(low, after))


def _after(version: SemanticVersion, numbers: int) -> SemanticVersion:
    """Return the first version beyond all that begin with the first *numbers* numbers."""
    if numbers == 1:
        return SemanticVersion(version.major + 1, 0, 0)
    if numbers == 2:  # noqa: PLR2004 - major and minor
        return SemanticVersion(version.major, version.minor + 1, 0)
    return SemanticVersion(version.major, version.minor, version.patch + 1)


def _caret(version: SemanticVersion) -> SemanticVersion:
    """The left-most number that is not zero may not change."""
    if version.major:
        return _after(version, 1)
    return _after(version, 2) if version.minor else _after(version, 3)


_ZERO = SemanticVersion(0, 0, 0)
