"""`controlplane simulate`: a firm that reports over the real wire, and how well it was watched."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import httpx
import msgspec
import typer
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from controlplane.cli.reaching import FAILED, USAGE, AsJson, Token, Url, reaching
from controlplane.cli.showing import print_json, showing
from controlplane.simulator import history
from controlplane.simulator.emission import EmissionError, Sent
from controlplane.simulator.faults import FAULTS
from controlplane.simulator.lists import hand_in
from controlplane.simulator.live import live
from controlplane.simulator.score import Score
from controlplane.simulator.score import score as compare_with
from controlplane.simulator.sight import SightError
from controlplane.simulator.silence import fall_silent
from controlplane.simulator.truth import Head, TruthError, read_truth
from rules.instant import InstantError, parse_instant

_SHOWN = 20
_TABLE_WIDTH = 100

app = typer.Typer(
    help="A seeded firm that reports its work over the real wire, with known faults in it.",
    no_args_is_help=True,
)

TruthFile = Annotated[
    Path,
    typer.Option(
        "--truth", envvar="CONTROLPLANE_SIMULATE_TRUTH", help="The file of what was injected."
    ),
]


@app.command()
def run(  # noqa: PLR0913 - one parameter a flag
    *,
    truth: TruthFile = Path("truth.jsonl"),
    seed: Annotated[int, typer.Option(envvar="CONTROLPLANE_SIMULATE_SEED", min=0)] = 1,
    days: Annotated[int, typer.Option(envvar="CONTROLPLANE_SIMULATE_DAYS", min=1)] = history.DAYS,
    start: Annotated[
        str | None,
        typer.Option(
            envvar="CONTROLPLANE_SIMULATE_START",
            help="The first day, e.g. 2026-01-05; default: so many days before now.",
        ),
    ] = None,
    backfill: Annotated[
        bool,
        typer.Option(
            "--backfill/--no-backfill",
            help="Send as history, judged as it is told and without alerts; or as if it were now.",
        ),
    ] = True,
    live_on: Annotated[
        bool, typer.Option("--live", help="Go on at the pace of the wall clock until stopped.")
    ] = False,
    speed: Annotated[
        float, typer.Option(min=1, help="With --live: catch up with the wall clock so much faster.")
    ] = 1,
    faults: Annotated[
        bool, typer.Option("--faults/--no-faults", help="Whether anything goes wrong in the firm.")
    ] = True,
    volume: Annotated[
        int, typer.Option(min=1, max=50, help="Let the firm be so many times as large.")
    ] = 1,
    strained: Annotated[
        bool,
        typer.Option("--strained", help="Let work wait: slow teams, month ends, large sums."),
    ] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Send a firm's history, write down what was injected, and go on living if asked to."""
    head = _head(seed, days, start, catching_up=live_on and speed > 1)
    head = replace(head, faults=FAULTS if faults else (), volume=volume, strained=strained)
    with _sending(), reaching(url, token) as client:
        with showing("history", quiet=as_json) as progress:
            told = history.backfill(client, head, truth, progress, marked=backfill)
        _say_history(told, truth, as_json=as_json)
        if live_on:
            _go_on(client, truth, speed)


@app.command(name="live")
def go_on(
    *,
    truth: TruthFile = Path("truth.jsonl"),
    speed: Annotated[
        float, typer.Option(min=1, help="Catch up with the wall clock so much faster.")
    ] = 1,
    url: Url = None,
    token: Token = None,
) -> None:
    """Go on with the firm of a truth file at the pace of the wall clock, until stopped."""
    with _sending(), reaching(url, token) as client:
        _go_on(client, truth, speed)


@app.command()
def lists(
    *,
    truth: TruthFile = Path("truth.jsonl"),
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Hand in what the firm's other systems keep, with breaks in it, and reconcile."""
    with _sending(), reaching(url, token) as client:
        kept = hand_in(client, truth)
    rows = [
        {
            "reconciliation": one.book.reconciliation,
            "side": one.book.side,
            "lines": len(one.rows),
            "planted": len(one.injected),
        }
        for one in kept
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo("{reconciliation} of {side}: {lines} lines, {planted} breaks".format(**row))


@app.command()
def silence(
    *,
    truth: TruthFile = Path("truth.jsonl"),
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Watch the firm's systems; one falls silent, and one is heard again after a while."""
    with _sending(), reaching(url, token) as client:
        told = fall_silent(client, truth, now=lambda: datetime.now(UTC))
    rows = [{"fault": one.fault, "system": one.keys[0]} for one in told]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo("{system}: {fault}".format(**row))


@app.command()
def score(
    *,
    truth: TruthFile = Path("truth.jsonl"),
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Print precision and recall a fault class; exit 1 when either is below 1."""
    with _sending(), reaching(url, token) as client:
        result = compare_with(read_truth(truth), client)
    if as_json:
        print_json(_plain(result))
    else:
        _print_score(result)
    if not result.ok:
        raise typer.Exit(FAILED)


def _head(seed: int, days: int, start: str | None, *, catching_up: bool) -> Head:
    """Return whose history is sent; one that is to be caught up with ends where it begins."""
    now = datetime.now(UTC)
    begins = _begin(start, now)
    until = min(now, begins + timedelta(days=days)) if begins else now
    begun = begins or history.starting(now, days)
    return Head(seed=seed, start=begun, until=begun if catching_up else until)


def _begin(start: str | None, now: datetime) -> datetime | None:
    if start is None:
        return None
    try:
        at = parse_instant(start if "T" in start else f"{start}T07:00:00Z")
    except InstantError as error:
        raise typer.BadParameter(str(error), param_hint="--start") from error
    if at > now:
        raise typer.BadParameter("the firm cannot begin in the future", param_hint="--start")
    return at


@contextmanager
def _sending() -> Iterator[None]:
    """Exit 2 on a file that is no truth, 1 on what the server did not take or would not say."""
    try:
        yield
    except TruthError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from error
    except (EmissionError, SightError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error


def _go_on(client: httpx.Client, truth: Path, speed: float) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    live(client, truth, now=lambda: datetime.now(UTC), pause=stop.wait, speed=speed, told=_told)


def _told(sent: Sent, at: datetime) -> None:
    typer.echo(f"{at:%Y-%m-%d %H:%M:%S}Z: {sent.reports} reports sent", err=True)


def _say_history(told: history.History, truth: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({**msgspec.to_builtins(told), "truth": str(truth)})
        return
    typer.echo(
        f"{told.engagements} engagements, {told.sent.reports} reports "
        f"({told.sent.spans} spans, {told.sent.duplicates} known before), "
        f"{told.injected} faults injected; the truth is in {truth}"
    )


def _plain(result: Score) -> dict[str, object]:
    rows = [
        msgspec.to_builtins(one) | {"precision": one.precision, "recall": one.recall}
        for one in result.faults
    ]
    plain: dict[str, object] = msgspec.to_builtins(result)
    return plain | {"faults": rows, "ok": result.ok}


def _print_score(result: Score) -> None:
    table = Table("fault", "injected", "to find", "found", "false", "precision", "recall")
    for one in result.faults:
        counts = (one.injected, one.expected, one.found, one.false)
        shares = (_share(one.precision, 3), _share(one.recall, 3))
        table.add_row(one.fault, *map(str, counts), *shares)
    console = Console()
    console.width = max(console.width, _TABLE_WIDTH)
    console.print(table)
    for word, sentences in (("missed", result.missed), ("false", result.false)):
        for sentence in sentences[:_SHOWN]:
            typer.echo(f"{word:7} {sentence}")
        if len(sentences) > _SHOWN:
            typer.echo(f"{word:7} and {len(sentences) - _SHOWN} more: --json lists them all")
    untried = [one.fault for one in result.faults if not one.expected]
    if untried:
        typer.echo(f"nothing to find yet, not counted: {', '.join(untried)}")
    typer.echo(f"precision {_share(result.precision, 4)}  recall {_share(result.recall, 4)}")


def _share(share: float | None, places: int) -> str:
    return "-" if share is None else f"{share:.{places}f}"
