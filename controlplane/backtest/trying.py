"""
A contract's document against the events that are stored: which it would refuse, and whose.

The log is read backwards, page by page, and nothing is written. What a producer sent is told by
the place that is wrong with it, without the value, and by a few events that can be opened.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection

from controlplane.backtest.asked import Tried
from controlplane.backtest.refused import Example, Producing, Reason, Trial
from controlplane.backtest.running import OverError
from controlplane.database import Databases, reading
from controlplane.registry import VALIDATORS
from observability.event import decode_event
from observability.log import stores as log_stores
from observability.log.entry import EVENT, LogEntry
from observability.projection import case_stores
from observability.traffic.stores import named
from rules.refusal import Problem

PAGE = 2_000
REASONS = 10
SAMPLES = 3
_LONGEST = 200
_INDEX = re.compile(r"/\d+(?=/|$)")
_VALUE = re.compile(
    r".*?(?= (?:is not |do(?:es)? not |is (?:shorter|longer|less|greater) |has (?:less|more|non)))",
    re.DOTALL,
)


def try_contract(
    databases: Databases,
    asked: Tried,
    candidate: bytes,
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    over: Callable[[Connection], bool] = lambda _state: False,
) -> Trial:
    """
    Return what *candidate* would refuse; raises `OverError` at the first page that finds it *over*.

    Raises `ArtifactError` when the document checks nothing.
    """
    tally = _Tally(VALIDATORS[asked.format](candidate, asked.media_type))
    most = min(asked.entries, asked.offset)
    until, whole = asked.offset, False
    while until > 0 and not whole and asked.offset - until < most:
        after = max(until - PAGE, asked.offset - most, 0)
        with reading(databases.state) as state, reading(databases.log) as log:
            if over(state):
                raise OverError
            page = log_stores.read(log, after, PAGE, until=until)
        tally.add(page, asked)
        whole = _is_older(page, asked.since)
        until = after
        progress(asked.offset - until, most)
    with reading(databases.state) as state:
        return tally.trial(state, whole=whole or until == 0)


def _is_older(page: Iterable[LogEntry], since: datetime) -> bool:
    """Whether all was recorded before *since*: back-filled history is dated by what it tells."""
    recorded = [one.at for one in page if one.kind != EVENT]
    return bool(recorded) and max(recorded) < since


class _Tally:
    """Counts what is refused, by source, version and place."""

    def __init__(self, check: Callable[[dict[str, object]], Sequence[Problem]]) -> None:
        self._check = check
        self._entries = 0
        self._oldest: datetime | None = None
        self._events: dict[tuple[str, str], int] = {}
        self._refused: dict[tuple[str, str], int] = {}
        self._reasons: dict[tuple[str, str], dict[tuple[str, str], Reason]] = {}

    def add(self, page: Sequence[LogEntry], asked: Tried) -> None:
        self._entries += len(page)
        wanted = asked.subject.encode()
        for entry in reversed(page):
            if entry.kind == EVENT and wanted in entry.payload:
                self._event(entry, asked)

    def trial(self, state: Connection, *, whole: bool) -> Trial:
        found = [
            Producing(
                source=source,
                version=version,
                events=events,
                refused=self._refused.get((source, version), 0),
                reasons=self._ranked(state, (source, version)),
            )
            for (source, version), events in sorted(self._events.items())
        ]
        return Trial(
            entries=self._entries,
            events=sum(self._events.values()),
            refused=sum(self._refused.values()),
            whole=whole,
            oldest=self._oldest,
            producers=tuple(sorted(found, key=lambda one: -one.refused)),
        )

    def _event(self, entry: LogEntry, asked: Tried) -> None:
        event = decode_event(entry.payload)
        if event.type != asked.subject or event.occurred_at < asked.since:
            return
        key = (event.source, named(event)[1])
        self._events[key] = self._events.get(key, 0) + 1
        self._oldest = min(self._oldest or event.occurred_at, event.occurred_at)
        problems = self._check(event.data)
        if not problems:
            return
        self._refused[key] = self._refused.get(key, 0) + 1
        example = Example(
            source=event.source, id=event.id, occurred_at=event.occurred_at, offset=entry.offset
        )
        reasons = self._reasons.setdefault(key, {})
        for name in dict.fromkeys((_place(one), _said(one)) for one in problems):
            known = reasons.get(name) or Reason(
                pointer=name[0], detail=name[1], events=0, examples=()
            )
            shown = (*known.examples, example)[:SAMPLES]
            reasons[name] = replace(known, events=known.events + 1, examples=shown)

    def _ranked(self, state: Connection, key: tuple[str, str]) -> tuple[Reason, ...]:
        every = sorted(self._reasons.get(key, {}).values(), key=lambda one: -one.events)[:REASONS]
        offsets = {each.offset for one in every for each in one.examples}
        cases = case_stores.instances_at(state, offsets)
        return tuple(
            replace(
                one,
                examples=tuple(
                    replace(each, instance=cases.get(each.offset)) for each in one.examples
                ),
            )
            for one in every
        )


def _place(problem: Problem) -> str:
    return _INDEX.sub("/*", problem.pointer)


def _said(problem: Problem) -> str:
    """Let the value stay where it is: what is kept of a trial is kept for ever."""
    return _VALUE.sub("the value", problem.detail, count=1)[:_LONGEST]
