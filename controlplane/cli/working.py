"""`controlplane exceptions acknowledge|assign|waive|approve…`: on one, or on a whole incident."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer

from controlplane.cli.exceptions import app
from controlplane.cli.reaching import AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json
from controlplane.cli.telling import plain

Which = Annotated[
    str, typer.Argument(metavar="ID", help="EX-… of one, or IN-… of a whole incident.")
]
Note = Annotated[str, typer.Option("--note", help="A word for the history.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the history.")]

__all__ = ["app"]


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where the act is sent, as whom, and how the answer is printed."""

    url: str | None
    token: str | None
    as_json: bool


@app.command()
def acknowledge(  # noqa: PLR0913 - likewise
    which: Which,
    *,
    by: Annotated[
        datetime | None, typer.Option("--by", help="Promise to solve it by then (UTC).")
    ] = None,
    note: Note = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Take it on."""
    promised = {"promised_at": f"{by.isoformat()}Z"} if by else {}
    _act(
        which,
        "acknowledge",
        {**promised, "note": note},
        Server(url=url, token=token, as_json=as_json),
    )


@app.command()
def assign(  # noqa: PLR0913 - likewise
    which: Which,
    assignee: Annotated[str, typer.Argument(help="Who works it.")],
    *,
    note: Note = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Put it into somebody's hands."""
    _act(
        which,
        "assign",
        {"assignee": assignee, "note": note},
        Server(url=url, token=token, as_json=as_json),
    )


@app.command()
def comment(
    which: Which,
    note: Annotated[str, typer.Argument(help="What to say.")],
    *,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Add a word to its history."""
    _act(which, "comment", {"note": note}, Server(url=url, token=token, as_json=as_json))


@app.command()
def waive(  # noqa: PLR0913 - likewise
    which: Which,
    *,
    until: Annotated[datetime, typer.Option("--until", help="The day on which it returns (UTC).")],
    reason: Reason,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Ask that the risk be accepted; a steward who is somebody else approves."""
    body = {"until": f"{until.isoformat()}Z", "reason": reason}
    _act(which, "waive", body, Server(url=url, token=token, as_json=as_json))


@app.command()
def approve(
    which: Which, *, note: Note = "", url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Approve the waiver that somebody else asked for."""
    _act(which, "approve", {"note": note}, Server(url=url, token=token, as_json=as_json))


@app.command()
def refuse(
    which: Which, *, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Refuse the waiver that is asked for."""
    _act(which, "refuse", {"reason": reason}, Server(url=url, token=token, as_json=as_json))


@app.command()
def resolve(
    which: Which, *, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Close it by hand; it opens again when its rule still fires."""
    _act(which, "resolve", {"reason": reason}, Server(url=url, token=token, as_json=as_json))


@app.command()
def reopen(
    which: Which, *, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Open a resolved one again; it stands until its rule fires again or a person resolves it."""
    _act(which, "reopen", {"reason": reason}, Server(url=url, token=token, as_json=as_json))


def _act(which: str, act: str, body: dict[str, Any], server: Server) -> None:
    kind = "incidents" if which.startswith("IN-") else "exceptions"
    with reaching(server.url, server.token) as client:
        answer = answer_of(client.post(f"/v1/{kind}/{which}/{act}", json=body))
    if server.as_json:
        print_json(answer)
    elif kind == "incidents":
        typer.echo(f"{which}  {answer['done']} done")
        for one in answer["refused"]:
            typer.echo(f"{one['id']}: {one['because']}", err=True)
    else:
        waits = answer["waiver"]
        asked = f", waiver asked until {plain(waits['until'])}" if waits else ""
        typer.echo(f"{which}  {answer['state']}, with {answer['assignee'] or 'nobody'}{asked}")
