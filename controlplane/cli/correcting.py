"""`controlplane corrections list|show|retract`: what was set right, and what that changed."""

from datetime import datetime
from typing import Annotated, Any

import typer

from controlplane.cli.exception_told import money
from controlplane.cli.reaching import AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json, print_rows
from controlplane.cli.telling import moment

app = typer.Typer(help="Corrections: what they changed of what was said.", no_args_is_help=True)
_Limit = Annotated[int, typer.Option(min=1, max=500)]


@app.command(name="list")
def list_(
    *,
    kind: Annotated[
        str | None, typer.Option(help="evidence, retraction, alias or definition.")
    ] = None,
    limit: _Limit = 25,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List corrections, the newest first."""
    given: dict[str, str | int] = {"limit": limit, **({"kind": kind} if kind else {})}
    with reaching(url, token) as client:
        page = answer_of(client.get("/v1/corrections", params=given))
    if as_json:
        print_json(page)
        return
    if not page["items"]:
        typer.echo("Nothing was corrected yet.")
        return
    headings = ("when", "id", "by", "what was corrected", "what changed")
    print_rows(
        headings,
        [
            (_when(o["begun_at"]), o["id"], o["actor"], o["subject"], _changed(o))
            for o in page["items"]
        ],
    )


@app.command()
def show(
    correction: Annotated[str, typer.Argument(metavar="ID")],
    *,
    limit: _Limit = 100,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show what a correction changed: each breach and each exception, before and after."""
    with reaching(url, token) as client:
        one = answer_of(client.get(f"/v1/corrections/{correction}", params={"limit": limit}))
    if as_json:
        print_json(one)
        return
    typer.echo(f"{_when(one['begun_at'])}  {one['subject']}: {_changed(one)}")
    typer.echo(f"by {one['actor']}, {one['kind']}: {one['because']}; cases judged: {one['cases']}")
    rows: list[tuple[str, ...]] = [
        (
            o["change"].replace("-", " "),
            o["case_key"],
            o["name"],
            o["object"],
            f"{o['before'] or 'none'} → {o['after'] or 'none'}",
            money(o["amount"]),
        )
        for o in one["items"]
    ]
    print_rows(("what", "case", "promise or rule", "object", "before → after", "amount"), rows)
    typer.echo(f"{len(rows)} of {one['members']}")


@app.command()
def retract(  # noqa: PLR0913 - one flag, one argument
    source: Annotated[str, typer.Argument(help="Whose events, as they name themselves.")],
    ids: Annotated[list[str], typer.Argument(metavar="ID…")],
    *,
    reason: Annotated[str, typer.Option(help="Why they are to count no more.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Let events count no more; they stay in the log, and nothing rests on them."""
    body = {"source": source, "ids": ids, "reason": reason}
    with reaching(url, token) as client:
        answer = answer_of(client.post("/v1/events/retract", json=body))
        id_ = answer["correction"]
        one = answer_of(client.get(f"/v1/corrections/{id_}", params={"limit": 1})) if id_ else {}
    if as_json:
        print_json(answer)
    elif one:
        typer.echo(f"{len(answer['retracted'])} retracted ({id_}): {_changed(one)}")
    else:
        typer.echo("they were retracted before")


def _when(at: str) -> str:
    return moment(datetime.fromisoformat(at))


def _changed(one: dict[str, Any]) -> str:
    return str(one["summary"]) + ("" if one["ended_at"] else " (so far)")
