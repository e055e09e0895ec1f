"""
A run of a reconciliation: asked for once, ended once, and never changed after that.

Its id is drawn from the command that asked for it.
"""

from datetime import datetime
from typing import Literal

import msgspec

from observability.reconciliation.finding import Break, Summary, Verdict
from rules.decision import fingerprint
from rules.money import Money

Status = Literal["running", "done", "failed"]
Trigger = Literal["asked", "schedule"]
RUNNING: Status = "running"
_ID_LENGTH = 24


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """
    `version` and `digest` are of the document, `inputs` and `result` digests of what was read
    and found. `breaks_of` is the run that lists the breaks: an earlier one that found the same.
    `money` hangs on the breaks, a sum each currency; `opened` and `closed` count exceptions.
    """

    id: str
    reconciliation: str
    version: str
    digest: str
    trigger: Trigger
    asked_by: str
    asked_at: datetime
    status: Status = RUNNING
    ended_at: datetime | None = None
    because: str = ""
    verdict: Verdict | None = None
    inputs: str = ""
    result: str = ""
    breaks_of: str | None = None
    broken: int = 0
    on_the_way: int = 0
    opened: int = 0
    closed: int = 0
    money: tuple[Money, ...] = ()
    finding: Summary | None = None


class KeptBreak(msgspec.Struct, frozen=True, kw_only=True):
    """A break as its run lists it, and the exception that it has."""

    number: int
    id: str
    broken: Break
    exception: str | None = None


def run_id(command: str) -> str:
    return fingerprint("reconciliation-run", command)[:_ID_LENGTH]
