"""`controlplane exceptions list|incidents|show`: what is broken and what hangs on it."""

from typing import Annotated

import httpx
import typer

from controlplane.cli import exception_told as told
from controlplane.cli.reaching import AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json, print_rows

app = typer.Typer(help="List exceptions and incidents, and work them.", no_args_is_help=True)
STANDING = "open,acknowledged"
_INCIDENT = "IN-"


@app.command(name="list")
def list_(  # noqa: PLR0913 - one flag, one argument
    *,
    status: Annotated[str, typer.Option(help="open, acknowledged, waived, resolved, or all.")] = (
        STANDING
    ),
    priority: Annotated[str | None, typer.Option(help="P1 to P4.")] = None,
    class_: Annotated[str | None, typer.Option("--class", help="Such as PO_EXPIRED.")] = None,
    owner: Annotated[str | None, typer.Option(help="A team.")] = None,
    process: Annotated[str | None, typer.Option(help="A process.")] = None,
    incident: Annotated[str | None, typer.Option(help="The members of an incident.")] = None,
    late: Annotated[bool, typer.Option("--late", help="What nobody works in time.")] = False,
    asked: Annotated[bool, typer.Option("--asked", help="What waits for an approval.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 25,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List exceptions, those that press most first; several values go with commas."""
    wanted = {
        "status": status,
        "priority": priority,
        "class": class_,
        "owner": owner,
        "process": process,
        "incident": incident,
        "handled_late": late or None,
        "waiver_asked": asked or None,
        "limit": limit,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    with reaching(url, token) as client:
        page = answer_of(client.get("/v1/exceptions", params=given))
    if as_json:
        print_json(page)
        return
    print_rows(told.HEADINGS, [told.row(one) for one in page["items"]])
    shown = len(page["items"])
    figures = (
        ("blocked", "blocked"),
        ("delayed cash", "delayed_cash"),
        ("exposure", "exposure"),
    )
    money = ", ".join(f"{name} {told.several(page['money'][one])}" for name, one in figures)
    typer.echo(f"{shown} of {page['total']}; {money}")


@app.command()
def incidents(*, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """List incidents: one cause, its cases, and their money counted once."""
    with reaching(url, token) as client:
        answer = answer_of(client.get("/v1/incidents", params={"limit": 500}))
    if as_json:
        print_json(answer)
        return
    print_rows(
        ("", "id", "cause", "shared", "cases", "exceptions", "late", "blocked", "owners"),
        [
            (
                one["priority"],
                one["id"],
                one["title"],
                ", ".join(one["labels"].values()),
                str(one["cases"]),
                str(one["exceptions"]),
                str(one["handled_late"]),
                told.several(one["money"]["blocked"]),
                ", ".join(one["owners"]),
            )
            for one in answer["items"]
        ],
    )


@app.command()
def show(
    exception: Annotated[str, typer.Argument(metavar="ID", help="EX-…, or IN-… of an incident.")],
    *,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show one exception: why, what to do first, what hangs on it; or an incident's members."""
    with reaching(url, token) as client:
        if exception.startswith(_INCIDENT):
            _show_incident(client, exception, as_json=as_json)
            return
        one = answer_of(client.get(f"/v1/exceptions/{exception}"))
        hanging = answer_of(client.get(f"/v1/exceptions/{exception}/blast-radius"))
    if as_json:
        print_json({**one, "blast_radius": hanging})
        return
    hangs = list(told.hanging(hanging))
    title = ["", "What hangs on it:"] if hangs else []
    for line in (*told.head(one), *title, *hangs, "", *told.history(one["history"])):
        typer.echo(line)


def _show_incident(client: httpx.Client, incident: str, *, as_json: bool) -> None:
    one = answer_of(client.get(f"/v1/incidents/{incident}"))
    asked: dict[str, str | int] = {"incident": incident, "status": STANDING, "limit": 500}
    members = answer_of(client.get("/v1/exceptions", params=asked))
    if as_json:
        print_json({**one, "members": members["items"], "total": members["total"]})
        return
    for line in told.incident(one):
        typer.echo(line)
    print_rows(told.HEADINGS, [told.row(each) for each in members["items"]])
    typer.echo(f"{len(members['items'])} of {members['total']}")
