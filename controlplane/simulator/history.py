"""
History is told in one go, then life goes on at the pace of the wall clock.

Telling it again sends the same events under the same ids: the server counts them once, so
an interrupted back-fill is simply started again.
"""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import msgspec

from controlplane.simulator.chronicle import Chronicle
from controlplane.simulator.emission import Emitter, Sent, stretches
from controlplane.simulator.truth import Head, write_truth
from controlplane.simulator.working import london

DAYS = 91
_OPENS = 7

Progress = Callable[[int, int], None]
"""Called with (reports sent, reports in all)."""


class History(msgspec.Struct, frozen=True, kw_only=True):
    head: Head
    engagements: int
    injected: int
    sent: Sent


def starting(until: datetime, days: int) -> datetime:
    """Return the Monday morning on which *days* of history up to *until* begin."""
    day = (until - timedelta(days=days)).date()
    return london().at(london().first_day(day - timedelta(days=day.weekday())), _OPENS)


def past(seed: int, until: datetime, days: int = DAYS) -> Head:
    """Return the head of *days* of the firm's history up to *until*, faults included."""
    return Head(seed=seed, start=starting(until, days), until=until)


def backfill(
    client: httpx.Client,
    head: Head,
    truth_path: Path,
    progress: Progress | None = None,
    *,
    marked: bool = True,
) -> History:
    """
    Send the history of *head*'s firm and write its truth to *truth_path*.

    *marked* False sends it as live events: they are recorded now and alerts go out.
    """
    chronicle = Chronicle.of(head)
    reports = chronicle.until(head.until)
    write_truth(truth_path, head, chronicle.injected)
    sent = Sent()
    with closing(Emitter(client, chronicle.firm.tag, backfill=marked)) as emitter:
        for stretch in stretches(reports):
            sent = sent.plus(emitter.send(stretch))
            if progress is not None:
                progress(sent.reports, len(reports))
        if marked:
            emitter.all_is_told()
    return History(
        head=head,
        engagements=chronicle.engagements,
        injected=len(chronicle.injected),
        sent=sent,
    )
