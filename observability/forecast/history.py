"""
The history of one objective, as it was known at an instant, and what it says of a clock.

A clock is likened to those that had used as much of their time, had come as far, and had the
same promise on the same calendar; then, while those are too few, to those of which less is
alike. Only those count as enough whose own time has passed: of promises that are all younger than
the deadline nobody knows how many will pass it. Below `ENOUGH` nothing is said.
"""

from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property

import msgspec

from observability.forecast.survival import Curve, Lasted, survival

ENOUGH = 30
LANDMARKS = 20
"""A clock is likened to those that had used as many twentieths of their time."""
_KINDS = ("promise and step", "promise", "step", "objective")


class Walked(msgspec.Struct, frozen=True, kw_only=True):
    """
    One clock: `kind` is its promise and calendar, `path` the share of its time that was used at
    each step, and the step.
    """

    lasted: Lasted
    kind: str
    path: tuple[tuple[float, str], ...] = ()

    def step(self, used: float) -> str:
        """Return how far it had come when *used* was used."""
        place = bisect_right([share for share, _ in self.path], used)
        return self.path[place - 1][1] if place else ""


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """
    `chance` of breaking the promise, told from `sample` clocks that were alike by `like`; the
    shares of the allowed time within which a tenth, half and nine tenths of them were kept.
    """

    chance: float
    sample: int
    like: str
    early: float | None
    half: float | None
    late: float | None


class History(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The clocks of one objective, running ones too."""

    walked: tuple[Walked, ...]

    @cached_property
    def _curves(self) -> dict[tuple[int, str | None, str | None], Curve]:
        return {}

    @cached_property
    def base_rate(self) -> float | None:
        """The share that broke of the clocks whose promise is decided; None without one."""
        decided = [one.lasted for one in self.walked if one.lasted.kept or one.lasted.used > 1]
        broken = sum(one.used > 1 for one in decided)
        return broken / len(decided) if decided else None

    def outlook(self, *, used: float, kind: str, step: str) -> Outlook | None:
        """Return what is likely of a clock; None without enough like it. *used* is below 1."""
        landmark = int(used * LANDMARKS)
        asked = ((kind, step), (kind, None), (None, step), (None, None))
        for like, (promise, walked) in zip(_KINDS, asked, strict=True):
            curve = self._curve(landmark, promise, walked)
            found = _read(curve, used, like) if curve.due >= ENOUGH else None
            if found is not None:
                return found
        return None

    def _curve(self, landmark: int, kind: str | None, step: str | None) -> Curve:
        name = (landmark, kind, step)
        known = self._curves.get(name)
        if known is None:
            since = landmark / LANDMARKS
            known = self._curves[name] = survival(self._like(since, kind, step), since=since)
        return known

    def _like(self, since: float, kind: str | None, step: str | None) -> Iterable[Lasted]:
        for one in self.walked:
            if kind in (None, one.kind) and (step is None or one.step(since) == step):
                yield one.lasted


def _read(curve: Curve, used: float, like: str) -> Outlook | None:
    """Read *curve*, of those that came to the landmark before *used*, from *used* on."""
    reached = curve.at(used)
    if not reached:  # every one like it was kept by now
        return None
    return Outlook(
        chance=curve.at(1.0) / reached,
        sample=curve.sample,
        like=like,
        early=curve.when(0.9 * reached),
        half=curve.when(0.5 * reached),
        late=curve.when(0.1 * reached),
    )
