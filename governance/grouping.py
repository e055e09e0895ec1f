"""
Changes are told in groups: 200 blocked lines are one message with one total.

A group is what one route tells one receiver of exceptions that share the labels it groups
by. Whoever heard that an exception stands hears that it is over, wherever routes lead by then.
An incident is one group, whatever a route groups by: what joins it later is not told again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Literal

import msgspec

from governance.exception.process_exception import Change, ProcessException
from governance.routing import EACH_ITS_OWN, Destination, RoutingTree, labels_of

Event = Literal["opened", "reopened", "escalated", "resolved", "waived"]
_TELLING: dict[str, Event] = {
    "opened": "opened",
    "reopened": "reopened",
    "waiver-expired": "reopened",
    "escalated": "escalated",
    "resolved": "resolved",
    "waived": "waived",
}
INCIDENT = "incident"
STANDS: tuple[Event, ...] = ("opened", "reopened", "escalated")


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one exception."""

    exception: str
    event: Event


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A receiver who heard that an exception stands."""

    exception: str
    receiver: str
    channel: str
    group_key: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is told together; `key` is the JSON of the route and the labels grouped by.

    `told_from` is how many of an incident's exceptions have to be known to whoever hears before
    no more of them are told; 0 where each is.
    """

    key: str
    receiver: str
    channel: str
    wait: timedelta
    notices: tuple[Notice, ...]
    told_from: int = 0


class GroupKey(msgspec.Struct, frozen=True, kw_only=True):
    route: str
    receiver: str
    labels: dict[str, str] = {}


def group(
    changes: Iterable[Change], tree: RoutingTree, told: Mapping[str, Sequence[Told]]
) -> list[Group]:
    """
    Return what is to be told of *changes*, a group each, in the order in which groups begin.

    *told* are those who heard of the exceptions before, by exception.
    """
    groups: dict[str, Group] = {}
    for change in changes:
        event = _TELLING.get(change.line.action) if change.line else None
        if event is None:
            continue
        notice = Notice(exception=change.exception.id, event=event)
        for fresh in _told_of(change.exception, notice, tree, told):
            known = groups.get(fresh.key)
            notices = (*known.notices, notice) if known else (notice,)
            groups[fresh.key] = msgspec.structs.replace(known or fresh, notices=notices)
    return list(groups.values())


def net(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """
    Return what is left to tell of each exception after all its *notices*.

    One that opened and was resolved before anybody was told has not happened, and neither
    has one that was resolved and opened again.
    """
    first: dict[str, Notice] = {}
    last: dict[str, Notice] = {}
    for notice in notices:
        first.setdefault(notice.exception, notice)
        last[notice.exception] = notice
    return tuple(
        notice
        for id_, notice in last.items()
        if (first[id_].event in STANDS) == (notice.event in STANDS)
    )


def read_key(key: str) -> GroupKey:
    return msgspec.json.decode(key, type=GroupKey)


def _told_of(
    exception: ProcessException,
    notice: Notice,
    tree: RoutingTree,
    told: Mapping[str, Sequence[Told]],
) -> list[Group]:
    if notice.event not in STANDS:
        return [
            Group(
                key=one.group_key,
                receiver=one.receiver,
                channel=one.channel,
                wait=_wait(tree, one),
                notices=(),
                told_from=_told_from(exception, read_key(one.group_key)),
            )
            for one in told.get(exception.id, ())
        ]
    labels = labels_of(exception)
    if notice.event == "escalated":
        heard = tree.escalate(exception.owner or "", exception.escalated)
        return [] if heard is None else [_group(heard, exception, labels | {"handling": "late"})]
    return [_group(one, exception, labels) for one in tree.route(labels)]


def _group(to: Destination, exception: ProcessException, labels: dict[str, str]) -> Group:
    by = {name: labels.get(name, "") for name in to.group_by if name != EACH_ITS_OWN}
    if EACH_ITS_OWN in to.group_by:
        by = {**labels, "exception": exception.id}
    if exception.incident is not None and "handling" not in by:
        by = {INCIDENT: exception.incident.id, "cause": exception.incident.title}
    key = GroupKey(route=to.route, receiver=to.receiver.receiver, labels=by)
    return Group(
        key=msgspec.json.encode(key, order="sorted").decode(),
        receiver=to.receiver.receiver,
        channel=to.receiver.channel,
        wait=to.group_wait,
        notices=(),
        told_from=_told_from(exception, key),
    )


def _told_from(exception: ProcessException, key: GroupKey) -> int:
    incident = exception.incident
    ours = incident is not None and key.labels.get(INCIDENT) == incident.id
    return incident.at_least if incident is not None and ours else 0


def _wait(tree: RoutingTree, one: Told) -> timedelta:
    """Return how long the route that told of the beginning waits; the root's when it is gone."""
    waiting = [tree.root]
    route = read_key(one.group_key).route
    while waiting:
        node = waiting.pop()
        if node.path == route:
            return node.group_wait
        waiting.extend(node.children)
    return tree.root.group_wait
