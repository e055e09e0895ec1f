"""`controlplane simulate`: a firm that reports over the real wire, and how well it was watched."""

import json
import os
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import httpx
import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from controlplane.simulator import history
from controlplane.simulator.emission import EmissionError, Sent
from controlplane.simulator.faults import FAULTS
from controlplane.simulator.live import live
from controlplane.simulator.score import Score
from controlplane.simulator.score import score as compare_with
from controlplane.simulator.sight import SightError
from controlplane.simulator.truth import TruthError, read_truth
from rules.instant import InstantError, parse_instant

FAILED = 1
USAGE = 2
UNREACHABLE = 3
_TIMEOUT_SECONDS = 60.0

app = typer.Typer(
    name="simulate",
    help="A seeded firm that reports its work over the real wire, with known faults in it.",
    no_args_is_help=True,
)

Url = Annotated[
    str | None,
    typer.Option(
        "--url", envvar="CONTROLPLANE_URL", help="The server; default http://127.0.0.1:PORT."
    ),
]
Token = Annotated[
    str | None, typer.Option("--token", envvar="CONTROLPLANE_TOKEN", help="An API key.")
]
TruthFile = Annotated[
    Path,
    typer.Option(
        "--truth", envvar="CONTROLPLANE_SIMULATE_TRUTH", help="The file of what was injected."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


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
        bool, typer.Option("--backfill/--no-backfill", help="Send as history: no alerts go out.")
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
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Send a firm's history, write down what was injected, and go on living if asked to."""
    now = datetime.now(UTC)
    begins = _begin(start, now)
    until = min(now, begins + timedelta(days=days)) if begins else now
    if live_on and speed > 1:
        until = begins or history.starting(now, days)
    with _client(url, token) as client, _reporting(as_json=as_json) as progress:
        try:
            told = history.backfill(
                client,
                seed,
                days,
                until,
                truth,
                progress,
                start=begins or history.starting(now, days),
                faults=FAULTS if faults else (),
                marked=backfill,
            )
            _say_history(told, truth, as_json=as_json)
            if live_on:
                _go_on(client, truth, speed)
        except (httpx.TransportError, EmissionError) as error:
            raise _failed(error) from error


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
    with _client(url, token) as client:
        try:
            _go_on(client, truth, speed)
        except TruthError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(USAGE) from error
        except (httpx.TransportError, EmissionError) as error:
            raise _failed(error) from error


@app.command()
def score(
    *,
    truth: TruthFile = Path("truth.jsonl"),
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Print precision and recall a fault class; exit 1 when either is below 1."""
    with _client(url, token) as client:
        try:
            result = compare_with(read_truth(truth), client)
        except TruthError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(USAGE) from error
        except (httpx.TransportError, SightError) as error:
            raise _failed(error) from error
    if as_json:
        typer.echo(msgspec.json.encode(_plain(result)))
    else:
        _print_score(result)
    if not result.ok:
        raise typer.Exit(FAILED)


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


def _client(url: str | None, token: str | None) -> httpx.Client:
    port = os.environ.get("CONTROLPLANE_PORT", "8000")
    return httpx.Client(
        base_url=url or f"http://127.0.0.1:{port}",
        headers={"Authorization": f"Bearer {token}"} if token else {},
        timeout=_TIMEOUT_SECONDS,
        trust_env=False,
    )


class _reporting:  # noqa: N801 - used as a statement
    """A bar on a terminal, plain lines elsewhere, nothing beside JSON."""

    def __init__(self, *, as_json: bool) -> None:
        console = Console(stderr=True)
        self._quiet = as_json
        self._bar = (
            Progress(
                TextColumn("history"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=console,
            )
            if console.is_terminal and not as_json
            else None
        )
        self._said = 0

    def __enter__(self) -> Callable[[int, int], None]:
        if self._bar is None:
            return self._line
        self._bar.start()
        task = self._bar.add_task("history", total=None)
        bar = self._bar
        return lambda done, total: bar.update(task, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _line(self, done: int, total: int) -> None:
        tenth = done * 10 // max(total, 1)
        if not self._quiet and tenth > self._said:
            self._said = tenth
            typer.echo(f"history: {done} of {total} reports", err=True)


def _go_on(client: httpx.Client, truth: Path, speed: float) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    live(client, truth, now=lambda: datetime.now(UTC), pause=stop.wait, speed=speed, told=_told)


def _told(sent: Sent, at: datetime) -> None:
    typer.echo(f"{at:%Y-%m-%d %H:%M:%S}Z: {sent.reports} reports sent", err=True)


def _say_history(told: history.History, truth: Path, *, as_json: bool) -> None:
    if as_json:
        plain = msgspec.to_builtins(told) | {"truth": str(truth)}
        typer.echo(json.dumps(plain))
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
        shares = (f"{one.precision:.3f}", f"{one.recall:.3f}")
        table.add_row(one.fault, *map(str, counts), *shares)
    Console().print(table)
    for sentence in result.missed:
        typer.echo(f"missed  {sentence}")
    for sentence in result.false:
        typer.echo(f"false   {sentence}")
    typer.echo(f"precision {result.precision:.4f}  recall {result.recall:.4f}")


def _failed(error: Exception) -> typer.Exit:
    typer.echo(f"{type(error).__name__}: {error}", err=True)
    return typer.Exit(UNREACHABLE if isinstance(error, httpx.TransportError) else FAILED)
