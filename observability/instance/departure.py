"""
Where a case leaves its model: a step skipped, out of order, repeated, excluded, or unknown.

A step at the same instant as the one it must follow is in order: clocks of two systems
cannot tell. A step is skipped only when the case is complete without it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from observability.instance.course import Occurrence
from observability.model.model import ProcessModel

SKIPPED = "skipped"
OUT_OF_ORDER = "out-of-order"
REPEATED = "repeated"
EXCLUDED = "excluded"
UNKNOWN = "unknown"


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """One a kind and activity; `at` is the first time, `count` how often."""

    kind: str
    activity: str
    at: datetime
    count: int
    sentence: str


def departures(
    events: Sequence[Occurrence], model: ProcessModel, *, completed_at: datetime | None = None
) -> tuple[Departure, ...]:
    """
    Return where *events*, in order, leave what *model* says of each activity alone.

    They stand by time, kind and activity. What its `order` says of them is judged apart.
    """
    first: dict[str, datetime] = {}
    for event in events:
        first.setdefault(event.activity, event.occurred_at)
    found = [
        *_unknown(events, model),
        *_out_of_order(events, model, first),
        *_repeated(events, model),
        *_skipped(model, first, completed_at),
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.kind, one.activity)))


def _unknown(events: Iterable[Occurrence], model: ProcessModel) -> Iterable[Departure]:
    strange = [event for event in events if event.activity not in model.by_activity]
    for activity, times in _times(strange).items():
        yield Departure(
            kind=UNKNOWN,
            activity=activity,
            at=times[0],
            count=len(times),
            sentence=f"“{activity}” is no activity of {model.title}.",
        )


def _out_of_order(
    events: Iterable[Occurrence], model: ProcessModel, first: dict[str, datetime]
) -> Iterable[Departure]:
    early: dict[str, list[tuple[datetime, list[str]]]] = {}
    for event in events:
        known = model.by_activity.get(event.activity)
        missing = [
            name
            for name in (known.after if known else ())
            if name not in first or first[name] > event.occurred_at
        ]
        if missing:
            early.setdefault(event.activity, []).append((event.occurred_at, missing))
    for activity, times in early.items():
        at, missing = times[0]
        yield Departure(
            kind=OUT_OF_ORDER,
            activity=activity,
            at=at,
            count=len(times),
            sentence=_sentence(missing, activity, model, first),
        )


def _sentence(
    missing: Sequence[str], activity: str, model: ProcessModel, first: Mapping[str, datetime]
) -> str:
    never = [model.title_of(name) for name in missing if name not in first]
    later = [model.title_of(name) for name in missing if name in first]
    return came(model.title_of(activity), without=never, before=later)


def came(title: str, *, without: Iterable[str], before: Iterable[str]) -> str:
    """Return the sentence of a step that came *without* some steps and *before* others."""
    told = (("without", list(without)), ("before", list(before)))
    how = " and ".join(
        f"{word} {', '.join(f'“{one}”' for one in those)}" for word, those in told if those
    )
    return f"“{title}” came {how}."


def _repeated(events: Iterable[Occurrence], model: ProcessModel) -> Iterable[Departure]:
    for activity, times in _times(events).items():
        known = None if activity in model.in_order else model.by_activity.get(activity)
        if len(times) > 1 and known is not None and not known.repeats:
            yield Departure(
                kind=REPEATED,
                activity=activity,
                at=times[1],
                count=len(times) - 1,
                sentence=f"“{model.title_of(activity)}” happened {len(times)} times.",
            )


def _skipped(
    model: ProcessModel, first: dict[str, datetime], completed_at: datetime | None
) -> Iterable[Departure]:
    if completed_at is None:
        return
    for one in model.activities:
        if one.required and one.activity not in first:
            title = model.title_of(one.activity)
            yield Departure(
                kind=SKIPPED,
                activity=one.activity,
                at=completed_at,
                count=1,
                sentence=f"The case was completed without “{title}”.",
            )


def _times(events: Iterable[Occurrence]) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = {}
    for event in events:
        found.setdefault(event.activity, []).append(event.occurred_at)
    return found
