"""`controlplane forecast`: what is likely to break, and whether such forecasts came true."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from controlplane.cli.calibration_plot import drawn
from controlplane.cli.reaching import AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json
from rules.instant import parse_instant

_WIDTH = 24
Asked = dict[str, str | float | None]

app = typer.Typer(help="Say what is likely to break.", no_args_is_help=True)

Process = Annotated[str, typer.Argument(help="The process whose promises are meant.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Instant of the forecast; now.")]


@app.command("list")
def list_(  # noqa: PLR0913 - one parameter a flag
    process: Process,
    *,
    until: Annotated[
        str | None, typer.Option("--until", help="Promises due by then; a day on by default.")
    ] = None,
    at_least: Annotated[
        float, typer.Option("--at-least", min=0, max=1, help="Least chance of breach.")
    ] = 0.5,
    as_of: AsOf = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List the promises that are likely to break, the likeliest first."""
    asked: Asked = {"process": process, "at_least": at_least, "until": until, "as_of": as_of}
    with reaching(url, token) as client:
        found = answer_of(client.get("/v1/forecast", params=_given(asked)))
    if as_json:
        print_json(found)
        return
    for line in _lines(found, at_least):
        typer.echo(line)


@app.command()
def calibration(  # noqa: PLR0913 - one parameter a flag
    process: Process,
    *,
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=26, help="Weeks held back.")] = 4,
    plot: Annotated[
        Path | None, typer.Option("--plot", dir_okay=False, help="Write the plot here (SVG).")
    ] = None,
    as_of: AsOf = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Hold what would have been said in the last weeks against what came."""
    asked: Asked = {"process": process, "weeks": weeks, "as_of": as_of}
    with reaching(url, token) as client:
        found = answer_of(client.get("/v1/forecast/calibration", params=_given(asked)))
    if plot is not None:
        plot.write_text(drawn(found["calibration"]["bins"]), encoding="utf-8")
    if as_json:
        print_json(found)
        return
    for line in _calibrated(found):
        typer.echo(line)
    if plot is not None:
        typer.echo(f"plot: {plot}")


def _given(asked: Asked) -> dict[str, str | float | None]:
    return {name: value for name, value in asked.items() if value is not None}


def _lines(found: dict[str, Any], at_least: float) -> Iterator[str]:
    yield (
        f"{found['process']}: {found['clocks']:,} promises run and are due by "
        f"{parse_instant(found['until']):%d %b %Y %H:%M} UTC; {found['told']:,} have enough "
        f"history, {found['expected_breaches']:.1f} of them are likely to break{_known(found)}"
    )
    yield from _awaited(found, "past promises are still being read")
    for one in found["items"]:
        told = one["forecast"]
        chance = f"{told['chance']:>4.0%}" if told else "   ?"
        of = f"of {told['sample']} alike by {told['like']}" if told else "too little history"
        what = f" ({one['object']})" if one["object"] else ""
        yield (
            f"  {chance}  due {parse_instant(one['due_at']):%d %b %H:%M}  {one['sla']}  "
            f"{one['case']}{what}  {of}"
        )
    if not found["items"]:
        yield f"  none has a chance of {at_least:.0%} or more"


def _known(found: dict[str, Any]) -> str:
    """Say since when nothing new is known, where that is not the instant that was asked for."""
    known_at, as_of = found["known_at"], found["as_of"]
    if known_at in (None, as_of):
        return ""
    return f" (from what was known on {parse_instant(known_at):%d %b %Y %H:%M} UTC)"


def _awaited(found: dict[str, Any], why: str) -> Iterator[str]:
    if found["awaited"]:
        yield f"  nothing is said yet of {', '.join(found['awaited'])}: {why}"


def _calibrated(found: dict[str, Any]) -> Iterator[str]:
    told = found["calibration"]
    yield from _awaited(found, "its forecasts are still being held against what came")
    if not told["forecasts"]:
        yield f"{found['process']}: no forecast of these weeks is decided yet"
        return
    yield (
        f"{found['process']}: {told['forecasts']:,} forecasts, Brier score {told['brier']:.4f} "
        f"against {told['base_brier']:.4f} by the base rate (skill {found['skill']:.0%}); "
        f"what broke was {told['error']:.1%} off what was said"
    )
    yield "     said  forecasts   said on average    broke"
    for one in told["bins"]:
        bar = "#" * round(one["broke"] * _WIDTH)
        yield (
            f"  {one['low']:>3.0%}-{one['high']:>4.0%}  {one['forecasts']:>8,}  "
            f"{one['said']:>16.1%}  {one['broke']:>6.1%}  {bar}"
        )
