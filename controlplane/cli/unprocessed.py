"""`controlplane unprocessed`: what the worker could not apply, and applying it after a fix."""

from typing import Annotated, Any

import httpx
import typer

from controlplane.cli.reaching import FAILED, AnswerError, AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json, showing

app = typer.Typer(
    help="List and retry log entries that could not be applied.", no_args_is_help=True
)


@app.command(name="list")
def list_(*, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """List the entries that the worker passed over, and what it stands still before."""
    with reaching(url, token) as client:
        items, standstill = _every(client)
    if as_json:
        print_json({"items": items, "standstill": standstill})
        return
    if standstill:
        typer.echo(f"the worker waits before {standstill['offset']}: {standstill['error']}")
    for one in items:
        name = one["command"] or f"{one['source']}/{one['id']}"
        typer.echo(f"{one['offset']:>8}  {one['kind']:<8} {name}  {one['error']}")


@app.command()
def retry(
    offsets: Annotated[list[int] | None, typer.Argument(metavar="OFFSET…")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every entry, in order.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Apply entries after all; exit 1 when one of them fails again."""
    if bool(offsets) == every:
        raise typer.BadParameter("name offsets, or say --all", param_hint="retry")
    failed: dict[int, str] = {}
    with reaching(url, token) as client, showing("retrying", quiet=as_json) as told:
        wanted = offsets or [one["offset"] for one in _every(client)[0]]
        for number, offset in enumerate(wanted, start=1):
            try:
                answer_of(client.post(f"/v1/unprocessed/{offset}/retry"))
            except AnswerError as refusal:
                failed[offset] = str(refusal)
            told(number, len(wanted))
    if as_json:
        print_json({"applied": len(wanted) - len(failed), "failed": failed})
    else:
        typer.echo(f"{len(wanted) - len(failed)} applied, {len(failed)} failed again")
        for offset, error in failed.items():
            typer.echo(f"{offset:>8}  {error}", err=True)
    if failed:
        raise typer.Exit(FAILED)


def _every(client: httpx.Client) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        given = {} if cursor is None else {"cursor": cursor}
        page = answer_of(client.get("/v1/unprocessed", params={"limit": 200, **given}))
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items, page["standstill"]
