"""
Where a case leaves the order of its model, as a whole and in each of its objects.

A step is out of order when what had to come before it came later or not at all, excluded when
the case had taken another way already, repeated when nothing asked for it again, and skipped
when the case was completed without it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from observability.instance.course import Course, Occurrence, courses
from observability.instance.course import course as course_of
from observability.instance.departure import (
    EXCLUDED,
    OUT_OF_ORDER,
    REPEATED,
    SKIPPED,
    Departure,
    came,
)
from observability.instance.expectation import Clause, Expected, Ordered, done

Title = Callable[[str], str]
_NOWHERE: Course = Course(times={})


class _Missing(msgspec.Struct, kw_only=True):
    """When a step was out of order, and what it came without and before."""

    times: list[datetime] = []
    without: list[str] = []
    before: list[str] = []


def disorder(
    events: Sequence[Occurrence],
    order: Ordered,
    title: Title,
    *,
    completed_at: datetime | None = None,
) -> Iterator[Departure]:
    """Yield where *events*, in order, leave *order*; *title* tells what an activity is called."""
    types = {one.type for one in order.each}
    runs = _Runs(case=course_of(events), objects=courses(events, types))
    yield from _out_of_order(events, order, runs, title)
    yield from _again(order, runs, title)
    yield from _excluded(order, runs, title)
    if completed_at is not None:
        yield from _skipped(order, runs, title, completed_at)


class _Runs(msgspec.Struct, frozen=True, kw_only=True):
    case: Course
    objects: Mapping[str, Mapping[str, Course]]

    def of(self, event: Occurrence, each: str) -> list[Course]:
        """Return the courses in which *event* is judged: the case's, or its objects'."""
        known = self.objects.get(each)
        if known is None:
            return [self.case]
        return [known[key] for type_, key in event.objects if type_ == each]

    def within(self, each: str) -> Iterable[Course]:
        return self.objects[each].values() if each else (self.case,)


def _out_of_order(
    events: Iterable[Occurrence], order: Ordered, runs: _Runs, title: Title
) -> Iterator[Departure]:
    found: dict[str, _Missing] = {}
    for event in events:
        expected = order.expected.get(event.activity)
        if expected is None:
            continue
        without, before = _missing(event, expected, runs, title)
        if without or before:
            one = found.setdefault(event.activity, _Missing(without=without, before=before))
            one.times.append(event.occurred_at)
    for activity, one in found.items():
        yield Departure(
            kind=OUT_OF_ORDER,
            activity=activity,
            at=one.times[0],
            count=len(one.times),
            sentence=came(title(activity), without=one.without, before=one.before),
        )


def _missing(
    event: Occurrence, expected: Expected, runs: _Runs, title: Title
) -> tuple[list[str], list[str]]:
    """Return what the step came without, and what it came before."""
    at = event.occurred_at
    without: list[str] = []
    before: list[str] = []
    told = [(one, expected.needs, expected.earlier) for one in runs.of(event, expected.each)]
    told.append((runs.case, expected.around, expected.earlier_around))
    for course, needs, earlier in told:
        without += [_either(clause, title) for clause in needs if not course.holds(clause)]
        wanted = {one for clause in needs if not course.holds(clause, at) for one in clause}
        late = sorted(one for one in wanted | earlier if _is_late(course, one, at))
        before += map(title, late)
    return list(dict.fromkeys(without)), list(dict.fromkeys(before))


def _is_late(course: Course, activity: str, at: datetime) -> bool:
    first = course.first(activity)
    return first is not None and first > at


def _either(clause: Clause, title: Title) -> str:
    return " or ".join(map(title, sorted(clause)))


def _again(order: Ordered, runs: _Runs, title: Title) -> Iterator[Departure]:
    for activity, expected in order.expected.items():
        times = [
            at
            for course in runs.within(expected.each)
            for at in _unasked(course, activity, expected)
        ]
        if times:
            name = title(activity)
            more = f" without {_either(expected.again, title)} in between" if expected.again else ""
            yield Departure(
                kind=REPEATED,
                activity=activity,
                at=min(times),
                count=len(times),
                sentence=f"“{name}” happened again{more}.",
            )


def _unasked(course: Course, activity: str, expected: Expected) -> list[datetime]:
    """Return when *activity* came once more although nothing asked for it."""
    times = course.times.get(activity, [])
    if not expected.repeats:
        return times[1:]
    if not expected.again:
        return []
    asked = [at for name in expected.again for at in course.times.get(name, ())]
    return [at for place, at in enumerate(times) if sum(one <= at for one in asked) < place]


def _excluded(order: Ordered, runs: _Runs, title: Title) -> Iterator[Departure]:
    found: dict[str, tuple[datetime, int, str]] = {}
    for choice in order.alternatives:
        for course in runs.within(choice.each):
            begun = sorted(
                _begun(course, branch) for branch in choice.branches if course.holds(branch)
            )
            for at, name in begun[1:]:
                first, count, other = found.get(name, (at, 0, begun[0][1]))
                found[name] = (min(first, at), count + 1, other)
    for activity, (at, count, other) in found.items():
        yield Departure(
            kind=EXCLUDED,
            activity=activity,
            at=at,
            count=count,
            sentence=f"“{title(activity)}” happened although “{title(other)}” had: "
            "only one is expected.",
        )


def _begun(course: Course, branch: frozenset[str]) -> tuple[datetime, str]:
    """Return when *branch* was taken, and by what."""
    return min((course.times[one][0], one) for one in branch if one in course)


def _skipped(
    order: Ordered, runs: _Runs, title: Title, completed_at: datetime
) -> Iterator[Departure]:
    lacking: dict[Clause, int] = {}
    for clause in done(order.root):
        if not runs.case.holds(clause):
            lacking[clause] = 1
    for one in order.each:
        begun = [
            course
            for course in runs.objects[one.type].values()
            if not one.activities.isdisjoint(course.times)
        ]
        for clause in done(one.parts[0]):
            without = sum(1 for course in begun if not course.holds(clause))
            if without:
                lacking[clause] = without
    for clause, count in lacking.items():
        objects = "" if count == 1 else f" in {count} places"
        yield Departure(
            kind=SKIPPED,
            activity=min(clause),
            at=completed_at,
            count=count,
            sentence=f"The case was completed without “{_either(clause, title)}”{objects}.",
        )
