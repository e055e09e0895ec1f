"""
The history of one objective, as it was known at an instant, and what it says of a clock.

A clock is likened to those that had used as much of their time, had come as far, and had the
same promise on the same calendar; then, while those are too few, to those of which less is
alike. Of them only those count that began on the same day of the week, where that makes a
difference: what is paid on Mondays and Thursdays waits by the day on which it was asked for. Only
those count as enough whose own time has passed: of promises that are all younger than the
deadline nobody knows how many will pass it. Below `ENOUGH` nothing is said.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain
from operator import itemgetter

import msgspec

from observability.forecast.survival import Curve, Lasted, survival

ENOUGH = 30
LANDMARKS = 20
"""A clock is likened to those that had used as many twentieths of their time."""
_DEVIATIONS = 3
"""Standard deviations beyond which a difference is hardly by chance."""
_KINDS = ("promise and step", "promise", "step", "objective")
_Alike = tuple[str | None, str | None, int | None]
"""(promise, step, weekday); None where any will do."""
_Groups = Mapping[tuple[str, str, int], Sequence[Lasted]]


class Walked(msgspec.Struct, frozen=True, kw_only=True):
    """
    One clock: `kind` is its promise and calendar, `weekday` that on which it began there (0 is
    Monday), `path` the share of its time that was used at each step, and the step.
    """

    lasted: Lasted
    kind: str
    weekday: int = 0
    path: tuple[tuple[float, str], ...] = ()

    def step(self, used: float) -> str:
        """Return how far it had come when *used* was used."""
        place = bisect_right(self.path, used, key=itemgetter(0))
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
    def _curves(self) -> dict[tuple[int, _Alike], Curve]:
        return {}

    @cached_property
    def _grouped(self) -> dict[int, _Groups]:
        return {}

    @cached_property
    def base_rate(self) -> float | None:
        """The share that broke of the clocks whose promise is decided; None without one."""
        decided = [one.lasted for one in self.walked if one.lasted.kept or one.lasted.used > 1]
        broken = sum(one.used > 1 for one in decided)
        return broken / len(decided) if decided else None

    def outlook(self, *, used: float, kind: str, step: str, weekday: int) -> Outlook | None:
        """Return what is likely of a clock; None without enough like it. *used* is below 1."""
        asked: tuple[_Alike, ...] = (
            (kind, step, None),
            (kind, None, None),
            (None, step, None),
            (None, None, None),
        )
        for like, alike in zip(_KINDS, asked, strict=True):
            found = self._read(used, alike, like)
            if found is not None:
                days = self._read(used, (*alike[:2], weekday), f"{like} and weekday")
                return days if days is not None and _apart(days, found) else found
        return None

    def _read(self, used: float, alike: _Alike, like: str) -> Outlook | None:
        curve = self._curve(int(used * LANDMARKS), alike)
        return _read(curve, used, like) if curve.due >= ENOUGH else None

    def _curve(self, landmark: int, alike: _Alike) -> Curve:
        name = (landmark, alike)
        known = self._curves.get(name)
        if known is None:
            those = chain.from_iterable(
                lasted
                for group, lasted in self._groups(landmark).items()
                if all(asked in (None, has) for asked, has in zip(alike, group, strict=True))
            )
            known = self._curves[name] = survival(those, since=landmark / LANDMARKS)
        return known

    def _groups(self, landmark: int) -> _Groups:
        """Return the clocks that came to *landmark*, by promise, step there, and weekday."""
        known = self._grouped.get(landmark)
        if known is None:
            since, found = landmark / LANDMARKS, defaultdict(list)
            for one in self.walked:
                if one.lasted.used > since:
                    found[one.kind, one.step(since), one.weekday].append(one.lasted)
            known = self._grouped[landmark] = found
        return known


def _apart(days: Outlook, found: Outlook) -> bool:
    """Tell whether those of the day differ from all of them by more than chance."""
    spread = found.chance * (1 - found.chance) / days.sample
    return (days.chance - found.chance) ** 2 > _DEVIATIONS**2 * spread


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
