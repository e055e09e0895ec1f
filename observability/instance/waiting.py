"""
What a running case waits for, and since when.

It waits for the next steps of its order, in the case or in each of its objects; without an
order, for the required activities whose turn it is; and where nothing else is awaited, for its
end. It has waited since the last of the steps before came.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from observability.instance.course import Course, Occurrence, course, courses
from observability.instance.expectation import Node, Ordered, done
from observability.model.model import ProcessModel

_UNSEEN: Course = Course(times={})


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An awaited activity; `objects` are those that wait for it, `since` the longest wait."""

    activity: str
    since: datetime
    type: str = ""
    objects: tuple[str, ...] = ()


def waiting(
    events: Sequence[Occurrence], model: ProcessModel, order: Ordered
) -> tuple[Waiting, ...]:
    """Return what the running case of *events*, in order, waits for: the longest wait first."""
    case = course(events)
    begun = events[0].occurred_at
    found = list(_in_order(case, events, order, begun)) if model.order else []
    found += _required(case, model, begun)
    if not found:
        last = events[-1].occurred_at
        found = [Waiting(activity=one, since=last) for one in model.end if one not in case]
    return tuple(sorted(found, key=lambda one: (one.since, one.activity)))


def finished_at(events: Sequence[Occurrence], order: Ordered) -> datetime | None:
    """Return when the last thing that *order* asks for came; None while it waits for one."""
    case = course(events)
    if any(_in_order(case, events, order, events[0].occurred_at)):
        return None
    met = [case.met_at(done(order.root))]
    for each in order.each:
        runs = courses(events, {each.type})[each.type].values()
        met += [own.met_at(done(each.parts[0])) for own in runs]
    return max((at for at in met if at is not None), default=None)


def _required(case: Course, model: ProcessModel, begun: datetime) -> Iterator[Waiting]:
    """Yield the required activities whose turn it is by what each says alone."""
    for one in model.activities:
        if one.required and one.activity not in case:
            since = case.met_at(frozenset({name}) for name in one.after)
            if since is not None or not one.after:
                yield Waiting(activity=one.activity, since=since or begun)


def _in_order(
    case: Course, events: Sequence[Occurrence], order: Ordered, begun: datetime
) -> Iterator[Waiting]:
    for activity in _awaited(order.root, case):
        yield Waiting(activity=activity, since=_since(case, order, activity) or begun)
    runs = courses(events, {one.type for one in order.each})
    for each in order.each:
        waits: dict[str, list[tuple[datetime, str]]] = {}
        for key, own in sorted(runs[each.type].items()):
            if each.activities.isdisjoint(own.times):
                continue
            for activity in _awaited(each.parts[0], own):
                waits.setdefault(activity, []).append((_since(own, order, activity) or begun, key))
        for activity, those in waits.items():
            yield Waiting(
                activity=activity,
                since=min(those)[0],
                type=each.type,
                objects=tuple(key for _, key in sorted(those)),
            )


def _since(own: Course, order: Ordered, activity: str) -> datetime | None:
    """Return when the last of the steps before *activity* came, or what asks for it again."""
    expected = order.expected[activity]
    before = {one for clause in expected.needs for one in clause} | expected.earlier
    asked = [at for one in expected.again if (at := own.last(one)) is not None]
    came = [at for one in before if (at := own.first(one)) is not None]
    return max([*asked, *came], default=None)


def _awaited(node: Node, own: Course) -> list[str]:
    """Return the activities of *node* that may come next, where it is not done."""
    if node.kind == "step":
        return [] if node.activity in own else [node.activity]
    if node.kind in {"sequence", "parallel"}:
        return _of_parts(node, own)
    if node.kind == "choice":
        return _of_choice(node, own)
    if node.kind == "optional":
        begun = not node.activities.isdisjoint(own.times)
        return _awaited(node.parts[0], own) if begun else []
    if node.kind == "repeat":
        body = node.parts[0]
        return _awaited(body, _UNSEEN if _asked_again(node, own) else own)
    return []


def _of_parts(node: Node, own: Course) -> list[str]:
    found: list[str] = []
    for one in node.parts:
        awaited = _awaited(one, own)
        found += awaited
        if awaited and node.kind == "sequence" and done(one):
            break
    return found


def _of_choice(node: Node, own: Course) -> list[str]:
    taken = [one for one in node.parts if not one.activities.isdisjoint(own.times)]
    if not taken and any(not done(one) for one in node.parts):
        return []
    return [activity for one in taken or node.parts for activity in _awaited(one, own)]


def _asked_again(node: Node, own: Course) -> bool:
    asked = _latest(node.again, own)
    body = _latest(node.parts[0].activities, own)
    return asked is not None and body is not None and asked > body


def _latest(activities: Iterable[str], own: Course) -> datetime | None:
    return max((at for one in activities if (at := own.last(one)) is not None), default=None)
