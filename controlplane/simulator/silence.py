"""
Systems of the firm are watched: one falls silent, another is heard again after a while.

A silence depends on when something is heard, so it is made in real time: once a second every
system tells of a client that has no engagement, but for the two.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import httpx
from msgspec.structs import replace

from controlplane.pipeline.hearing import RULE
from controlplane.simulator.emission import EmissionError, Emitter
from controlplane.simulator.firm import Client, client_data, new_client, tag_of, tax_profile
from controlplane.simulator.report import Report, cloud_event
from controlplane.simulator.truth import (
    CLEARED,
    EXCEPTION,
    SILENT,
    Finding,
    Injected,
    Kind,
    append_truth,
    read_truth,
)

SOURCE_SILENT = "source-silent"
HEARD_AGAIN = "source-heard-again"
SECONDS = 8.0
_BEAT_SECONDS, _BEATS = 1.0, 600
_USUAL = timedelta(days=2)
_LONGER = 50
"""So much longer may the others say nothing: a busy server is slow to take what they tell."""

Pause = Callable[[float], None]


def fall_silent(
    client: httpx.Client,
    truth_path: Path,
    *,
    now: Callable[[], datetime],
    seconds: float = SECONDS,
    pause: Pause = time.sleep,
) -> list[Injected]:
    """
    Let one system of the firm of *truth_path* fall silent, and another for longer than *seconds*;
    add that to the truth. Raise `EmissionError` when the server does not take or notice it.
    """
    truth = read_truth(truth_path)
    tag = tag_of(truth.head.seed)
    rng = Random(f"silence:{truth.head.seed}")  # noqa: S311 - a story, not a secret
    names = sorted(_TELLS)
    lost, late = rng.sample(names, 2)
    two = {named(tag, one) for one in (lost, late)}
    with closing(Emitter(client, tag, backfill=False)) as emitter:
        beats = _Beats(new_client(rng, f"C-{tag}-watched"), emitter, now)
        short = timedelta(seconds=seconds)
        first = {one: short if one in {lost, late} else short * _LONGER for one in names}
        _watch(client, tag, "1.0.0", first)
        beats.tell(names)
        for _ in range(_BEATS):
            pause(_BEAT_SECONDS)
            beats.tell(set(names) - {lost, late})
            if two <= silent_systems(client):
                break
        _watch(client, tag, "1.0.1", dict.fromkeys(names, _USUAL))
        beats.tell_held(late)
        beats.tell(set(names) - {lost})
    _await(client, two, named(tag, lost), pause)
    gone = (_finding(EXCEPTION, tag, lost, truth.until), _finding(SILENT, tag, lost, truth.until))
    back = (_finding(EXCEPTION, tag, late, truth.until), _finding(CLEARED, tag, late, truth.until))
    told = [
        Injected(fault=fault, keys=(finds[0].case,), at=truth.until, finds=finds)
        for fault, finds in ((SOURCE_SILENT, gone), (HEARD_AGAIN, back))
    ]
    append_truth(truth_path, told)
    return told


def named(tag: str, system: str) -> str:
    """Return the name under which *system* of the firm of *tag* is watched."""
    return f"firm-{tag.lower()}-{system}"


def silent_systems(client: httpx.Client) -> set[str]:
    """Return the systems of which the server says that it hears nothing."""
    answer = client.get("/v1/systems")
    return {one["system"] for one in _checked(answer).json()["items"] if one["silent_since"]}


class _Beats:
    """Lets systems tell something, each time under another id; what is not told is held."""

    def __init__(self, about: Client, emitter: Emitter, now: Callable[[], datetime]) -> None:
        self._about, self._emitter, self._now = about, emitter, now
        self._held: list[Report] = []

    def tell(self, systems: Iterable[str]) -> None:
        told, at = set(systems), self._now()
        reports = [
            replace(report, id=f"{report.id}:{at:%Y%m%d%H%M%S.%f}")
            for report in (tell(self._about, at) for tell in _TELLS.values())
        ]
        self._held += [one for one in reports if one.system not in told]
        self._emitter.send([one for one in reports if one.system in told])

    def tell_held(self, system: str) -> None:
        """Let *system* tell in one burst what it had to say."""
        self._emitter.send([one for one in self._held if one.system == system])


def _released(about: Client, at: datetime) -> Report:
    data = {"customer_id": about.customer_id, "credit_hold": False}
    return cloud_event("erp", "ps.credit-hold.released", about.customer_id, at, data)


_TELLS: dict[str, Callable[[Client, datetime], Report]] = {
    "crm": lambda about, at: client_data(about, at)[0],
    "erp": _released,
    "tax": tax_profile,
}


def _watch(
    client: httpx.Client, tag: str, version: str, silent_after: Mapping[str, timedelta]
) -> None:
    for system, after in silent_after.items():
        name = named(tag, system)
        text = "\n".join(
            (
                f"system: {name}",
                f"version: {version}",
                f"title: The {system} of firm {tag}",
                "owner: integration",
                f'sources: ["/meridian/{system}", "urn:otel:{system}"]',
                f"silent_after: {{minutes: {after / timedelta(minutes=1)}}}",
            )
        )
        headers = {"Content-Type": "application/yaml"}
        _checked(client.put(f"/v1/systems/{name}", content=text, headers=headers))


def _await(client: httpx.Client, two: set[str], lost: str, pause: Pause) -> None:
    for _ in range(_BEATS):
        if silent_systems(client) & two == {lost}:
            return
        pause(_BEAT_SECONDS)
    raise EmissionError(f"of {sorted(two)} not just {lost} is said to be silent")


def _finding(kind: Kind, tag: str, system: str, at: datetime) -> Finding:
    name = named(tag, system)
    return Finding(kind=kind, name=RULE, object=name, case=name, visible_at=at)


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        path = answer.request.url.path
        raise EmissionError(f"{path}: {answer.status_code} {answer.text[:300]}")
    return answer
