"""A slip spoils what is told of an engagement, and the truth of it is told beside."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from controlplane.simulator.diary import Diary
from controlplane.simulator.report import Report
from controlplane.simulator.slip import INVOICE, Left, Seen, Slip, Spoil
from controlplane.simulator.slips.known import SLIPS
from controlplane.simulator.truth import Finding

_HOUR = timedelta(hours=1)


def slip(diary: Diary) -> None:
    """Spoil the reports of *diary* as its fault says, where it has what is to be spoiled."""
    one = SLIPS.get(diary.engagement.fault or "")
    if one is None:
        return
    spoiled: list[list[Report]] = []
    for spoil in one.spoils:
        those = _spoiled(diary, spoil, spoiled[0][0] if spoiled else None)
        if not those:
            return
        spoiled.append(those)
    told = _Told(diary, [those[0] for those in spoiled])
    for spoil, those in zip(one.spoils, spoiled, strict=True):
        _spoil(diary, spoil, those, spoiled[0][0])
    found = [finding for seen in one.finds for finding in told.found(seen)]
    found += [told.left(left, spoiled[0][0]) for left in one.leaves]
    if found:
        diary.injects(min(each.visible_at for each in found), found, _followed(diary, one, found))


def _spoiled(diary: Diary, spoil: Spoil, first: Report | None) -> list[Report]:
    worker = diary.engagement.team[0].worker_id if spoil.worker else None
    those = _of(diary.reports, spoil.type, worker)
    if spoil.same is not None and first is not None:
        those = [one for one in those if one.data.get(spoil.same) == first.data[spoil.same]]
    return those if spoil.each else those[:1]


def _of(reports: Iterable[Report], type_: str, worker: str | None = None) -> list[Report]:
    """Return the reports of a type, or those of it about *worker*, in the order of their times."""
    those = (one for one in reports if one.type == type_)
    about = (one for one in those if worker is None or one.data.get("worker_id") == worker)
    return sorted(about, key=lambda one: one.at)


def _spoil(diary: Diary, spoil: Spoil, those: list[Report], first: Report) -> None:
    ids = {one.id for one in those}
    kept = [one for one in diary.reports if not (spoil.lost and one.id in ids)]
    diary.reports = [
        _moved(_changed(one, spoil, first), spoil, kept) if one.id in ids else one for one in kept
    ]


def _changed(report: Report, spoil: Spoil, first: Report) -> Report:
    values = {
        name: value(report.data) if callable(value) else value
        for name, value in spoil.values.items()
    }
    if spoil.lists is not None:
        field, key = spoil.lists
        values[field] = [first.data[key]]
    data = {name: value for name, value in {**report.data, **values}.items() if value is not None}
    return msgspec.structs.replace(report, data=data)


def _moved(report: Report, spoil: Spoil, reports: Iterable[Report]) -> Report:
    if spoil.before is None:
        return report
    type_, field = spoil.before
    same = (one.at for one in _of(reports, type_) if one.data.get(field) == report.data.get(field))
    return msgspec.structs.replace(report, at=min([report.at, *(at - _HOUR for at in same)]))


class _Told:
    """What was told before it was spoiled: *first* are the reports that the slip begins with."""

    def __init__(self, diary: Diary, first: list[Report]) -> None:
        self._diary = diary
        self._first = first
        self._reports = list(diary.reports)

    def found(self, seen: Seen) -> Iterator[Finding]:
        those = [one for one in self._of(seen.on, seen) if self._is_spoiled(one, seen)]
        for one in those if seen.each else those[:1]:
            key = str(one.data.get(seen.by) or self._own(seen.by))
            at = self._at(one, key, seen)
            if at is not None:
                yield self._diary.exception(seen.rule, _occurrence(seen, key), at)

    def left(self, left: Left, first: Report) -> Finding:
        at = max(one.at for one in self._first)
        case = str(first.data[left.by])
        return self._diary.left(left.process, left.kind, left.activity, at, case=case)

    def _of(self, type_: str, seen: Seen) -> list[Report]:
        worker = self._diary.engagement.team[0].worker_id if seen.worker else None
        return _of(self._reports, type_, worker)

    def _is_spoiled(self, report: Report, seen: Seen) -> bool:
        """Where the spoiled report names the occurrence, it is that one and no other."""
        if seen.each:
            return True
        named = {one.data[seen.by] for one in self._first if seen.by in one.data}
        return not named or report.data.get(seen.by, self._own(seen.by)) in named

    def _own(self, field: str) -> Any:
        return getattr(self._diary.engagement, field, None)

    def _at(self, report: Report, key: str, seen: Seen) -> datetime | None:
        """Return when it is to be seen, None when that never comes."""
        working = self._diary.working
        if seen.days:
            return working.close_of(report.at, seen.days)
        if seen.hours:
            return report.at + timedelta(hours=seen.hours)
        if seen.billed is not None:
            invoices = (one for one in self._of(INVOICE, seen) if key in one.data[seen.billed])
            return next((one.at for one in invoices), None)
        if seen.after is not None:
            after = next((one.at for one in self._of(seen.after, seen)), None)
            return None if after is None else max(report.at, after)
        return report.at


def _occurrence(seen: Seen, key: str) -> str:
    """Return what the exception is about: the thing, or its promise, or that of the case."""
    if seen.promise is None:
        return key
    return f"{seen.promise}:{key}" if seen.by else seen.promise


def _followed(diary: Diary, one: Slip, found: list[Finding]) -> list[Finding]:
    return [diary.follows(rule, found[0].visible_at) for rule in one.follows]
