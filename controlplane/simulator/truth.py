"""
The ground truth: what was injected where, and what must find it by when.

A JSON Lines file: a head, then one line an injected fault, and marks of how far the firm's
time has run.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from controlplane.simulator.faults import FAULTS

EXCEPTION: Final = "exception"
CLOCK: Final = "clock"
QUARANTINE: Final = "quarantine"
UNCORRELATED: Final = "uncorrelated"
ONCE: Final = "once"
ORDERED: Final = "ordered"
DEPARTURE: Final = "departure"
PARTIAL: Final = "partial"
CLEARED: Final = "cleared"
BREAK: Final = "break"
SILENT: Final = "silent"
AFFECTED: Final = "affected"
INCIDENT: Final = "incident"
Kind = Literal[
    "exception",
    "clock",
    "quarantine",
    "uncorrelated",
    "once",
    "ordered",
    "departure",
    "partial",
    "cleared",
    "break",
    "silent",
    "affected",
    "incident",
]
PROCESS: Final = "quote-to-cash"
"""The process that is meant where a finding names none."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    What must be seen from `visible_at` on.

    An exception: `name` is its rule and `object` its occurrence, any where it is empty. A clock
    that is late or absent: the SLA and the object. Refused or waiting: the reason, and `source`
    and `event`.
    `once`: the event stands once in its case. `ordered`: `event` stands before `object`.
    A departure: its kind and activity. `partial`: what was to be done together was not whole.
    `cleared`: whatever stood of the rule is resolved.

    `break`: a kind of break, of the key `object` in the list of `source`; `process` is the
    reconciliation.

    `silent`: nothing is heard of the system `object`. `affected`: the invoices that hang on the
    exception of the rule `name` about `object` are those that it `affects`. `incident`: that
    exception is one incident with all of its rule whose promise passed on the day `event`.

    It is seen in `process`, in the case that goes by the key `case`: the fault's, without one.
    """

    kind: Kind
    name: str
    visible_at: datetime
    object: str = ""
    source: str = ""
    event: str = ""
    money: dict[str, Any] | None = None
    process: str = PROCESS
    case: str = ""
    affects: tuple[str, ...] = ()


class Injected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="line"):
    """
    One fault in one case. `keys` are all the names of the case; `allows` are findings that
    follow from the fault and may be seen.
    """

    fault: str
    keys: tuple[str, ...]
    at: datetime
    finds: tuple[Finding, ...]
    allows: tuple[Finding, ...] = ()
    note: str = ""


class Head(msgspec.Struct, frozen=True, kw_only=True, tag_field="line"):
    """
    Whose story is told from when until when: of `seed`, with `faults` in it, `volume` times as
    large as the firm that is told without saying so, and `strained`: work waits in it.
    """

    seed: int
    start: datetime
    until: datetime
    faults: tuple[str, ...] = FAULTS
    volume: int = 1
    strained: bool = False


class Mark(msgspec.Struct, frozen=True, kw_only=True, tag_field="line"):
    """The firm's time has run to `until`."""

    until: datetime


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    head: Head
    injected: tuple[Injected, ...]
    until: datetime


class TruthError(ValueError):
    """A file that holds no ground truth."""


_decoder = msgspec.json.Decoder(Head | Injected | Mark)


def write_truth(file: Path, head: Head, injected: Iterable[Injected]) -> None:
    """Write *file* anew."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [msgspec.json.encode(one) for one in (head, *injected)]
    file.write_bytes(b"".join(line + b"\n" for line in lines))


def append_truth(file: Path, lines: Iterable[Injected | Mark]) -> None:
    with file.open("ab") as opened:
        opened.writelines(msgspec.json.encode(one) + b"\n" for one in lines)


def read_truth(file: Path) -> Truth:
    """Return the truth in *file*; raise `TruthError` when it is none."""
    try:
        lines = [_decoder.decode(line) for line in file.read_bytes().splitlines() if line.strip()]
    except (OSError, msgspec.DecodeError) as error:
        raise TruthError(f"{file}: {error}") from error
    heads = [one for one in lines if isinstance(one, Head)]
    if not heads:
        raise TruthError(f"{file} has no head line")
    marks = [one.until for one in lines if isinstance(one, Mark)]
    return Truth(
        head=heads[0],
        injected=tuple(one for one in lines if isinstance(one, Injected)),
        until=max([heads[0].until, *marks]),
    )
