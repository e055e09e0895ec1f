"""Approved time reaches the ERP, in batches of what was approved within two hours."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from msgspec.structs import replace

from controlplane.simulator.delivering import Timesheet, by_approval
from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import POSTING_OUTAGE, POSTING_QUEUED, TIME_NOT_POSTED
from controlplane.simulator.report import Report
from controlplane.simulator.resending import counted_once
from controlplane.simulator.strain import passed, waited
from controlplane.simulator.truth import INCIDENT, Finding

POSTING_HOURS = 4
SLA_POSTED = "approved-time-to-posted"
_TOGETHER = timedelta(hours=2)
_PRACTICE = "technology"
_MONDAYS = 3


def post_time(diary: Diary, sheets: list[Timesheet]) -> None:
    """Tell of the postings; a fault loses the first."""
    for place, batch in enumerate(_batches(sheets)):
        fault = diary.engagement.fault if place == 0 else None
        if fault == TIME_NOT_POSTED:
            _lost(diary, batch)
        elif fault == POSTING_QUEUED:
            _queued(diary, batch)
        elif _in_outage(diary, batch):
            _unheard(diary, batch)
        else:
            first, last = batch[0], batch[-1].approved_at
            drawn = diary.rng.uniform(0.2, 1)
            hours = waited(diary, SLA_POSTED, first.timesheet_id, last, drawn)
            posted = _posted(diary, batch, hours)
            for one in batch:
                due = diary.working.later(one.approved_at, POSTING_HOURS)
                passed(diary, SLA_POSTED, one.timesheet_id, due, posted.at)


def _batches(sheets: list[Timesheet]) -> Iterator[list[Timesheet]]:
    batch: list[Timesheet] = []
    for sheet in by_approval(sheets):
        if batch and sheet.approved_at - batch[0].approved_at > _TOGETHER:
            yield batch
            batch = []
        batch.append(sheet)
    if batch:
        yield batch


def _posted(diary: Diary, batch: list[Timesheet], hours: float) -> Report:
    at = diary.working.later(batch[-1].approved_at, hours)
    key = f"TP-{batch[0].timesheet_id.removeprefix('TS-')}"
    data = {
        "posting_id": key,
        "engagement_id": diary.engagement.engagement_id,
        "timesheet_ids": [one.timesheet_id for one in batch],
        "posted_on": diary.working.day_of(at).isoformat(),
    }
    return diary.tell("erp", "ps.time.posted", key, at, data)


def _queued(diary: Diary, batch: list[Timesheet]) -> None:
    """Let the batch wait for the ERP's posting window; when that opens, it is sent twice."""
    posted = _posted(diary, batch, diary.rng.uniform(POSTING_HOURS + 1, 14))
    diary.reports.append(replace(posted, delivered_at=posted.at + _TOGETHER))
    once = counted_once(diary.reports[-1])
    late = [diary.late(SLA_POSTED, one.timesheet_id, posted.at) for one in batch]
    absent = [_not_posted(diary, one) for one in batch]
    diary.injects(posted.at, [once, *late], absent, note="it waited for the posting window")


def _lost(diary: Diary, batch: list[Timesheet]) -> None:
    found = [_not_posted(diary, one) for one in batch]
    at = batch[0].approved_at
    diary.injects(at, found, note="the interface swallowed the batch")


def _in_outage(diary: Diary, batch: list[Timesheet]) -> bool:
    """Whether the ERP hears nothing of *batch*: on a Monday of each month, of one practice."""
    one = diary.engagement
    if not diary.outages or one.fault is not None or one.service_line != _PRACTICE:
        return False
    day = diary.working.day_of(batch[-1].approved_at)
    return day == _outage(one.code.partition("-")[0], day.replace(day=1))


def _outage(tag: str, month: date) -> date:
    rng = Random(f"outage:{tag}:{month:%Y-%m}")  # noqa: S311 - a story, not a secret
    monday = month + timedelta(days=-month.weekday() % 7)
    return monday + timedelta(weeks=rng.randrange(_MONDAYS))


def _unheard(diary: Diary, batch: list[Timesheet]) -> None:
    absent = [_not_posted(diary, one) for one in batch]
    one_cause = [replace(one, kind=INCIDENT, event=f"{one.visible_at:%Y-%m-%d}") for one in absent]
    note = "the interface was down for a day"
    diary.injects(batch[0].approved_at, [*absent, *one_cause], note=note, fault=POSTING_OUTAGE)


def _not_posted(diary: Diary, sheet: Timesheet) -> Finding:
    return diary.exception(
        "approved-time-not-posted",
        f"{SLA_POSTED}:{sheet.timesheet_id}",
        diary.working.later(sheet.approved_at, POSTING_HOURS),
        sheet.amount,
    )
