"""`controlplane mine`: what a process is like, in one command, from the cases that were seen."""

from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import Annotated, Any

import httpx
import typer

from controlplane.cli.reaching import AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json

_SHOWN = 8
_STEPS = 12
_HOUR, _DAY = 3600.0, 86_400.0

Process = Annotated[str, typer.Argument(help="Its id, such as quote-to-cash.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Instant at which clocks are read; now by default.")
]
Split = Annotated[
    str | None, typer.Option("--split", help="Compare cases that began before and after this.")
]
By = Annotated[
    tuple[str, str, str] | None,
    typer.Option("--by", help="Compare two values of a field of the case: FIELD LEFT RIGHT."),
]


def mine(  # noqa: PLR0913 - one parameter a flag
    process: Process,
    *,
    as_of: AsOf = None,
    split: Split = None,
    by: By = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Print variants, flow, rework, bottlenecks, hand-overs and promises of a process."""
    with reaching(url, token) as client:
        found = (
            _comparison(client, process, split, by)
            if split or by
            else _whole(client, process, as_of)
        )
    if as_json:
        print_json(found)
        return
    for line in _compared(found) if split or by else _lines(process, found):
        typer.echo(line)


def _whole(client: httpx.Client, process: str, as_of: str | None) -> dict[str, Any]:
    """Return what the API says of *process*, a member a question."""
    path = f"/v1/processes/{process}"
    when = {"as_of": as_of} if as_of else {}
    seen = answer_of(client.get(f"{path}/picture", params={"cases": 100_000}))
    return {
        "cases": seen["cases"],
        "looked_at": seen["looked_at"],
        **seen["picture"],
        "variants": answer_of(client.get(f"{path}/variants", params={"limit": _SHOWN})),
        "conformance": answer_of(client.get(f"{path}/departures")),
        "bottlenecks": answer_of(client.get(f"{path}/bottlenecks", params={"cases": 100_000})),
        "slas": answer_of(client.get(f"{path}/health", params={"window": "all", **when}))["slas"],
    }


def _comparison(
    client: httpx.Client, process: str, split: str | None, by: tuple[str, str, str] | None
) -> dict[str, Any]:
    asked: dict[str, str] = {"split": split} if split else {}
    if by:
        asked |= dict(zip(("attribute", "left", "right"), by, strict=True))
    found: dict[str, Any] = answer_of(
        client.get(f"/v1/processes/{process}/comparison", params=asked)
    )
    return found


def _lines(process: str, found: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{process}: {found['cases']:,} cases, {found['events']:,} events, "
        f"{len(found['activities'])} activities, {found['variants']['total']:,} variants, "
        f"{len(found['ways'])} ways of {sum(way['took']['count'] for way in found['ways']):,}"
    )
    if found["looked_at"] < found["cases"]:
        yield f"  figures below are of a sample of {found['looked_at']:,} cases"
    if found["duration"]:
        took = found["duration"]
        median, p95 = _time(took["median_seconds"]), _time(took["p95_seconds"])
        yield f"  duration: median {median}, p95 {p95}"
    kept = found["conformance"]
    yield f"  {kept['conforming']:,} of {kept['cases']:,} cases keep to the model"
    yield f"  rework: {found['reworked']:,} cases, {found['repeats']:,} repeated events"
    yield from _part("Commonest variants", _variants(found["variants"]["items"]))
    yield from _part("Where work waits", _bottlenecks(found["bottlenecks"]))
    yield from _part("Who hands on to whom", _handovers(found["handovers"]))
    yield from _part("Promises", _promises(found["slas"]))


def _part(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield ""
    yield title
    yield from (f"  {line}" for line in lines)


def _variants(items: Sequence[dict[str, Any]]) -> Iterator[str]:
    for one in items:
        yield f"{one['cases']:>8,}  {chain(one['activities'])}"


def chain(activities: Sequence[str]) -> str:
    """Write the first steps of a variant, what comes twice on end once, and how many follow."""
    runs = [(step, len(list(those))) for step, those in groupby(activities)]
    steps = [step if times == 1 else f"{step} x{times}" for step, times in runs]
    later = sum(times for _, times in runs[_STEPS:])
    return " → ".join(steps[:_STEPS]) + (f" → … {later} more" if later else "")


def _bottlenecks(waiting: dict[str, Any]) -> Iterator[str]:
    for one in islice(waiting["items"], _SHOWN):
        yield (
            f"{one['share']:>6.1%}  median {_time(one['median_seconds']):>7}  "
            f"p95 {_time(one['p95_seconds']):>7}  {one['passages']:>7,} times  "
            f"{one['from']} → {one['to']}"
        )
    timed, passages = waiting["timed"], waiting["passages"]
    if timed < passages:
        yield (
            f"{passages - timed:,} of {passages:,} steps do not say how long they took: "
            "their time is all waiting here"
        )


def _handovers(items: Sequence[dict[str, Any]]) -> Iterator[str]:
    for one in islice(items, _SHOWN):
        yield (
            f"{one['took']['count']:>8,} times  median {_time(one['took']['median_seconds']):>7}  "
            f"{one['kind']}: {one['from']} → {one['to']}"
        )
    if not items:
        yield "nobody: no step says who took it, or one team and system takes them all"


def _promises(slas: Sequence[dict[str, Any]]) -> Iterator[str]:
    for one in slas:
        share = one["attainment"]
        kept = "   none" if share is None else f"{float(share):>7.1%}"
        counts = ", ".join(
            f"{one[state]:,} {state}" for state in ("met", "late", "absent", "running", "cancelled")
        )
        yield f"{kept}  {one['sla']}: {one['clocks']:,} clocks, {counts}"
    if not slas:
        yield "none is in force on this process"


def _compared(found: dict[str, Any]) -> Iterator[str]:
    compared = found["comparison"]
    for side in ("left", "right"):
        took = compared[side]["duration"]
        mean = _time(took["total_seconds"] / took["count"]) if took else "unknown"
        cases, looked_at = found[side]["cases"], found[side]["looked_at"]
        sample = f" (a sample of {looked_at:,})" if looked_at < cases else ""
        yield f"{side:>5}: {cases:,} cases{sample}, mean duration {mean}"
    if not compared["enough"]:
        yield "       too few cases on one side to mean something"
    if compared["adds_seconds"] is not None:
        yield f"right takes {_signed(compared['adds_seconds'])} on average, of which"
    for way in islice(compared["ways"], _SHOWN):
        yield f"  {_signed(way['adds_seconds']):>9}  {way['from']} → {way['to']}"


def _time(seconds: float) -> str:
    if seconds >= _DAY:
        return f"{seconds / _DAY:.2f} d"
    return f"{seconds / _HOUR:.2f} h" if seconds >= _HOUR else f"{seconds / 60:.0f} min"


def _signed(seconds: float) -> str:
    return f"{'-' if seconds < 0 else '+'}{_time(abs(seconds))}"
