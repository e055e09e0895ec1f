"""
A history as it is kept: what a later forecast asks of it, and no more.

Steps are asked for at landmarks only, so those that were taken between two of them are left out.
"""

import zlib

import msgspec

from observability.forecast.history import LANDMARKS, History, Walked
from observability.forecast.survival import Lasted

_FAST = 1


class _Kept(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    used: float
    kept: bool
    due: bool
    kind: int
    weekday: int
    path: tuple[tuple[int, int], ...]
    """(landmark, step) where the step is another than at the landmark before"""


class _Fit(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    names: tuple[str, ...]
    clocks: tuple[_Kept, ...]


_decode = msgspec.msgpack.Decoder(_Fit).decode


def write_history(one: History) -> bytes:
    """Return *one* such that `read_history` gives a history with the same outlooks."""
    names: dict[str, int] = {}

    def place(name: str) -> int:
        return names.setdefault(name, len(names))

    clocks = tuple(
        _Kept(
            used=walked.lasted.used,
            kept=walked.lasted.kept,
            due=walked.lasted.due,
            kind=place(walked.kind),
            weekday=walked.weekday,
            path=tuple((landmark, place(step)) for landmark, step in _turns(walked)),
        )
        for walked in one.walked
    )
    return zlib.compress(msgspec.msgpack.encode(_Fit(names=tuple(names), clocks=clocks)), _FAST)


def read_history(kept: bytes) -> History:
    found = _decode(zlib.decompress(kept))
    names = found.names
    return History(
        walked=tuple(
            Walked(
                lasted=Lasted(used=one.used, kept=one.kept, due=one.due),
                kind=names[one.kind],
                weekday=one.weekday,
                path=tuple((landmark / LANDMARKS, names[step]) for landmark, step in one.path),
            )
            for one in found.clocks
        )
    )


def _turns(one: Walked) -> list[tuple[int, str]]:
    """Return the landmarks that it came to with another step than to the one before."""
    found, before = [], ""
    for landmark in range(LANDMARKS):
        since = landmark / LANDMARKS
        if one.lasted.used <= since:
            break
        step = one.step(since)
        if step != before:
            found.append((landmark, step))
            before = step
    return found
