"""Approved time reaches the ERP, in batches of what was approved within two hours."""

from collections.abc import Iterator
from datetime import timedelta

from controlplane.simulator.delivering import Timesheet, by_approval
from controlplane.simulator.diary import Diary
from controlplane.simulator.faults import TIME_NOT_POSTED

POSTING_HOURS = 4
SLA_POSTED = "approved-time-to-posted"
_TOGETHER = timedelta(hours=2)


def post_time(diary: Diary, sheets: list[Timesheet]) -> None:
    """Tell of the postings; a fault loses the first."""
    for place, batch in enumerate(_batches(sheets)):
        if place == 0 and diary.engagement.fault == TIME_NOT_POSTED:
            _lost(diary, batch)
        else:
            _posted(diary, batch)


def _batches(sheets: list[Timesheet]) -> Iterator[list[Timesheet]]:
    batch: list[Timesheet] = []
    for sheet in by_approval(sheets):
        if batch and sheet.approved_at - batch[0].approved_at > _TOGETHER:
            yield batch
            batch = []
        batch.append(sheet)
    if batch:
        yield batch


def _posted(diary: Diary, batch: list[Timesheet]) -> None:
    at = diary.working.within(diary.rng, batch[-1].approved_at, 0.2, 1)
    key = f"TP-{batch[0].timesheet_id.removeprefix('TS-')}"
    data = {
        "posting_id": key,
        "engagement_id": diary.engagement.engagement_id,
        "timesheet_ids": [one.timesheet_id for one in batch],
        "posted_on": diary.working.day_of(at).isoformat(),
    }
    diary.tell("erp", "ps.time.posted", key, at, data)


def _lost(diary: Diary, batch: list[Timesheet]) -> None:
    found = [
        diary.exception(
            "approved-time-not-posted",
            f"{SLA_POSTED}:{one.timesheet_id}",
            diary.working.later(one.approved_at, POSTING_HOURS),
            one.amount,
        )
        for one in batch
    ]
    at = batch[0].approved_at
    closed = diary.follows("closed-with-unposted-time", at)
    diary.injects(at, found, [closed], note="the interface swallowed the batch")
