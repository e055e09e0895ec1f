"""`controlplane reconcile`: whether systems say the same, from a terminal or a nightly job."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from time import monotonic, sleep
from typing import Annotated, Any

import httpx
import typer
from rich.table import Table

from controlplane.cli.reaching import FAILED, USAGE, AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import paper, print_json

WAIT_SECONDS = 0.3
NAMES = 2  # columns that are never folded
RECONCILED = "reconciled"
_SIGNS = {
    RECONCILED: "[green]● reconciled[/green]",
    "breaks": "[red]◆ breaks[/red]",
    "not_checked": "[yellow]▲ not checked[/yellow]",
    "never_run": "○ never run",
    "failed": "[red]◆ failed[/red]",
}
_COUNTED = {
    "equal": "matched",
    "missing": "missing",
    "value": "value",
    "twice": "duplicate",
    "on way": "timing",
}
"""Columns of `show`, and what the API calls what they count."""
_SHORT = "%d %b %H:%M"
_TYPES = {".csv": "text/csv", ".json": "application/json"}

Name = Annotated[str, typer.Argument(help="The reconciliation.")]
RunId = Annotated[str, typer.Option("--run", help="A run; by default the last that ended.")]

app = typer.Typer(help="Hold systems against each other.", no_args_is_help=True)


@app.command("list")
def list_(url: Url = None, token: Token = None, *, as_json: AsJson = False) -> None:
    """Print the reconciliations in force, and how each stood when it ran last."""
    with reaching(url, token) as client:
        found = answer_of(client.get("/v1/reconciliations"))["items"]
    if as_json:
        print_json(found)
        return
    table = _table("reconciliation", "state", "broken", "on way", "money", "last run")
    table.columns[4].no_wrap = True
    for one in found:
        run = one["last_run"] or {}
        table.add_row(
            one["reconciliation"],
            _SIGNS[one["state"]],
            str(run.get("broken", "")),
            str(run.get("on_the_way", "")),
            _money(run.get("money", ()), "\n"),
            _when(run.get("asked_at"), _SHORT),
        )
    paper().print(table)


@app.command()
def run(  # noqa: PLR0913 - one flag, one argument
    names: Annotated[list[str] | None, typer.Argument(help="Which; all without any.")] = None,
    *,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Whether to wait until they ended.")
    ] = True,
    seconds: Annotated[int, typer.Option("--seconds", min=1, help="Wait no longer.")] = 600,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Run reconciliations now; exit 1 unless every one of them is reconciled."""
    with reaching(url, token) as client:
        wanted = names or [
            one["reconciliation"] for one in answer_of(client.get("/v1/reconciliations"))["items"]
        ]
        begun = {
            name: answer_of(client.post(f"/v1/reconciliations/{name}/runs"))["id"]
            for name in wanted
        }
        found = [_ended(client, name, id_, seconds if wait else 0) for name, id_ in begun.items()]
    if as_json:
        print_json(found)
    else:
        for one in found:
            paper().print(_line(one))
    if wait and any(one["verdict"] != RECONCILED for one in found):
        raise typer.Exit(FAILED)


@app.command()
def show(
    name: Name,
    run_id: RunId = "latest",
    *,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Print a run: its sides and control totals side by side, and what was found."""
    with reaching(url, token) as client:
        found = answer_of(client.get(f"/v1/reconciliations/{name}/runs/{run_id}"))
    if as_json:
        print_json(found)
        return
    console = paper()
    console.print(_line(found))
    if found["finding"] is None:
        return
    table = _table("side", "as of", "lines", "totals", *_COUNTED)
    for counted in table.columns[4:]:
        counted.no_wrap = True
    for side in found["finding"]["sides"]:
        counts = found["finding"]["counts"].get(side["side"], {})
        table.add_row(
            side["side"],
            _when(side["watermark"], _SHORT),
            "" if side["unchecked"] else str(side["total"]["lines"]),
            "not checked" if side["unchecked"] else _totals(side["total"]),
            *(str(counts.get(kind, "")) for kind in _COUNTED.values()),
        )
    console.print(table)


@app.command()
def breaks(  # noqa: PLR0913 - one flag, one argument
    name: Name,
    run_id: RunId = "latest",
    *,
    kind: Annotated[str | None, typer.Option(help="missing, value, duplicate or timing.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Print so many at most.")] = 50,
    csv: Annotated[bool, typer.Option("--csv", help="Print all of them as CSV.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Print what a run found to differ, each with its exception."""
    path = f"/v1/reconciliations/{name}/runs/{run_id}/breaks"
    asked: dict[str, str | int] = {"kind": kind, "limit": limit} if kind else {"limit": limit}
    with reaching(url, token) as client:
        answer = client.get(path, params=asked, headers={"accept": "text/csv"} if csv else {})
        found = None if csv and answer.is_success else answer_of(answer)
    if found is None:
        typer.echo(answer.text, nl=False)
    elif as_json:
        print_json(found["items"])
    else:
        paper().print(_listed(found["items"]))
        if found["next_cursor"]:
            typer.echo(f"more than {limit}: --limit, or --csv for all of them", err=True)


@app.command()
def upload(  # noqa: PLR0913 - one flag, one argument
    name: Name,
    side: Annotated[str, typer.Argument(help="The side whose lines these are.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or JSON rows.")],
    *,
    watermark: Annotated[
        str, typer.Option("--watermark", metavar="WHEN", help="Up to when the file is complete.")
    ],
    part: Annotated[str, typer.Option(help="Which part of the side, where it has several.")] = "",
    total: Annotated[
        list[str] | None, typer.Option(help="A control total: lines=412, amount='12.50 EUR'.")
    ] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Upload a system's own list of lines; refused whole where its totals do not come out."""
    media_type = _TYPES.get(file.suffix.lower())
    if media_type is None:
        typer.echo(f"{file}: a .csv or a .json file is expected", err=True)
        raise typer.Exit(USAGE)
    asked: dict[str, Any] = {"watermark": watermark, "part": part, "total": total or []}
    with reaching(url, token) as client:
        answer = client.post(
            f"/v1/reconciliations/{name}/extracts/{side}",
            params=asked,
            content=file.read_bytes(),
            headers={"content-type": media_type},
        )
        found = answer_of(answer)
    if as_json:
        print_json(found)
    else:
        counted = found["total"]["lines"]
        taken = f"{counted} {'line' if counted == 1 else 'lines'} taken"
        typer.echo(": ".join(filter(None, (taken, _totals(found["total"])))))


@app.command()
def extracts(name: Name, *, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Print what was uploaded, the newest first: of each side and part the newest is read."""
    with reaching(url, token) as client:
        found = answer_of(client.get(f"/v1/reconciliations/{name}/extracts"))["items"]
    if as_json:
        print_json(found)
        return
    table = _table("extract", "side", "part", "complete up to", "lines", "totals", "by")
    for one in found:
        table.add_row(
            one["id"],
            one["side"],
            one["part"],
            _when(one["watermark"]),
            str(one["total"]["lines"]),
            _totals(one["total"]),
            one["received_by"],
        )
    paper().print(table)


@app.command()
def withdraw(  # noqa: PLR0913 - one flag, one argument
    name: Name,
    extract: Annotated[str, typer.Argument(help="The extract, as `extracts` lists it.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="What was wrong with it.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Let a wrong extract go, with its bytes; what runs have found stands until the next run."""
    path = f"/v1/reconciliations/{name}/extracts/{extract}/withdraw"
    with reaching(url, token) as client:
        found = answer_of(client.post(path, json={"reason": reason}))
    if as_json:
        print_json(found)
    else:
        part = f" {found['part']}" if found["part"] else ""
        typer.echo(f"{found['side']}{part} of {found['total']['lines']} lines is withdrawn")


def _ended(client: httpx.Client, name: str, id_: str, seconds: int) -> dict[str, Any]:
    deadline = monotonic() + seconds
    while True:
        found: dict[str, Any] = answer_of(client.get(f"/v1/reconciliations/{name}/runs/{id_}"))
        if found["status"] != "running" or monotonic() >= deadline:
            return found
        sleep(WAIT_SECONDS)


def _line(run: Mapping[str, Any]) -> str:
    state = run["verdict"] or run["status"]
    said = f"{run['reconciliation']}: {_SIGNS.get(state, state)}"
    if run["verdict"] is not None:
        said += f" · {run['broken']} broken, {run['on_the_way']} on the way"
        said += f" · {run['opened']} opened, {run['closed']} closed"
    money = _money(run["money"])
    return f"{said}{f' · {money}' if money else ''}{_because(run)}"


def _because(run: Mapping[str, Any]) -> str:
    return f"\n  {run['because']}" if run["because"] else ""


def _listed(items: Iterable[Mapping[str, Any]]) -> Table:
    table = _table("kind", "side", "key", "book", "other", "money", "case", "exception")
    for one in items:
        told = one["differences"]
        table.add_row(
            f"{one['kind']} ({one['of']})" if one["of"] else one["kind"],
            one["side"],
            one["key"],
            "\n".join(f"{d['field']} {d['book'] or '-'}" for d in told),
            "\n".join(f"{d['field']} {d['other'] or '-'}" for d in told),
            _money(one["money"]),
            one["case"] or "",
            one["exception"] or (f"until {_when(one['until'])}" if one["until"] else ""),
        )
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, one in enumerate(columns):
        table.add_column(one, overflow="fold", no_wrap=place < NAMES)
    return table


def _totals(total: Mapping[str, Any]) -> str:
    said = [f"{field} {value}" for field, value in total["numbers"].items()]
    said += [f"{field} {_money(money)}" for field, money in total["money"].items()]
    return ", ".join(said)


def _money(amounts: Iterable[Mapping[str, str]], between: str = " + ") -> str:
    return between.join(f"{one['currency']} {Decimal(one['amount']):,.2f}" for one in amounts)


def _when(text: str | None, written: str = "%Y-%m-%d %H:%M") -> str:
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone(UTC).strftime(written)
