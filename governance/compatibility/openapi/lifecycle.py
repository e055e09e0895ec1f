"""
How what is offered comes to an end: deprecation, a sunset date, a level of stability.

`x-sunset` is a day; `x-stability-level` one of draft, alpha, beta, stable, and stable when
it is not said. What is draft or alpha may change without notice.
"""

from datetime import date, datetime
from typing import Literal

import msgspec

from governance.compatibility.openapi.document import mapping
from governance.contract.artifact import Json

LEVELS = ("draft", "alpha", "beta", "stable")
UNSTABLE = frozenset({"draft", "alpha"})
Announced = Literal["missing", "plain", "unreadable", "too-small", "with-sunset"]
Removed = Literal["without-deprecation", "with-deprecation", "unreadable", "before-sunset"]
_SUNSET, _STABILITY = "x-sunset", "x-stability-level"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """How many days lie at least between a deprecation and its sunset; 0: no sunset needed."""

    beta_days: int = 0
    stable_days: int = 0

    def days(self, stability: str) -> int:
        if stability in UNSTABLE:
            return 0
        return self.beta_days if stability == "beta" else self.stable_days


def stability(value: Json) -> str | None:
    """Return the level that *value* declares; None when what it says is none."""
    said = mapping(value).get(_STABILITY)
    if said is None:
        return "stable"
    return said if isinstance(said, str) and said in LEVELS else None


def deprecated(value: Json) -> bool:
    return mapping(value).get("deprecated") is True


def announced(value: Json, *, days: int, at: date) -> Announced:
    """Say how the deprecation of *value* tells of its end."""
    if not _tells_sunset(value):
        return "missing" if days > 0 else "plain"
    sunset = _sunset(value)
    if sunset is None:
        return "unreadable"
    return "too-small" if (sunset - at).days < days else "with-sunset"


def removed(value: Json, *, at: date) -> Removed:
    """Say how the removal of *value* was prepared."""
    if not deprecated(value):
        return "without-deprecation"
    if not _tells_sunset(value):
        return "with-deprecation"
    sunset = _sunset(value)
    if sunset is None:
        return "unreadable"
    return "before-sunset" if at < sunset else "with-deprecation"


def sunset_moved(
    old: Json, new: Json, *, days: int, at: date
) -> Literal["deleted", "unreadable", "too-small"] | None:
    """Say what is wrong with the new sunset of something deprecated; None when nothing is."""
    was, now = (mapping(one).get(_SUNSET) for one in (old, new))
    if not deprecated(new) or was is None or was == now:
        return None
    if now is None:
        return "deleted"
    before, after = _sunset(old), _sunset(new)
    if before is None or after is None:
        return "unreadable"
    return "too-small" if after < before and (after - at).days < days else None


def _tells_sunset(value: Json) -> bool:
    return mapping(value).get(_SUNSET) is not None


def _sunset(value: Json) -> date | None:
    said = mapping(value).get(_SUNSET)
    if not isinstance(said, str):
        return None
    try:
        return datetime.fromisoformat(said).date()
    except ValueError:
        return None
