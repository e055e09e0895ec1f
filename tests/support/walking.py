"""Cases as mining reads them: what their events contribute, through what a store keeps of it."""

import msgspec

from observability.instance.instance import CaseEvent, fold_instance
from observability.mining.picture import Walked
from observability.rollup.contribution import Kept
from observability.rollup.measure import Judged, RolledCase
from observability.rollup.measures import contributions


def contributed(events: list[CaseEvent], name: str = "1") -> Kept:
    instance = fold_instance(name, "p", [name], events)
    return contributions(RolledCase(instance=instance, events=events, clocks=(), judged=Judged()))


def walked(events: list[CaseEvent]) -> Walked:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(contributed(events)), type=Walked)
