"""
History is told in one go, then life goes on at the pace of the wall clock.

Telling it again sends the same events under the same ids: the server counts them once, so
an interrupted back-fill is simply started again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import msgspec

from controlplane.simulator.chronicle import Chronicle
from controlplane.simulator.emission import Emitter, Sent, stretches
from controlplane.simulator.faults import FAULTS
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


def backfill(  # noqa: PLR0913, PLR0917 - whose history, how long, up to when, kept where
    client: httpx.Client,
    seed: int,
    days: int,
    until: datetime,
    truth_path: Path,
    progress: Progress | None = None,
    *,
    start: datetime | None = None,
    faults: tuple[str, ...] = FAULTS,
    marked: bool = True,
) -> History:
    """
    Send the firm's history up to *until* and write its truth to *truth_path*.

    *marked* False sends it as live events: they are recorded now and alerts go out.
    """
    head = Head(seed=seed, start=start or starting(until, days), until=until, faults=faults)
    chronicle = Chronicle(seed, head.start, london(), faults=faults)
    reports = chronicle.until(until)
    write_truth(truth_path, head, chronicle.injected)
    emitter = Emitter(client, chronicle.firm.tag, backfill=marked)
    sent = Sent()
    try:
        for stretch in stretches(reports):
            sent = sent.plus(emitter.send(stretch))
            if progress is not None:
                progress(sent.reports, len(reports))
        if marked:
            emitter.all_is_told()
    finally:
        emitter.close()
    return History(
        head=head,
        engagements=chronicle.engagements,
        injected=len(chronicle.injected),
        sent=sent,
    )
