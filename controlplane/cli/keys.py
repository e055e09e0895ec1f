"""
`controlplane keys`: who may come in.

With a server at work the key is made through it; without one, straight in the log, so that
the first key exists before the first start.
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from controlplane.cli.reaching import AsJson, Token, Url, answer_of, reaching
from controlplane.cli.running import DatabaseUrl, DataDir, given, refusals
from controlplane.cli.showing import print_json
from controlplane.database import LOG_FILE, open_databases, writing
from controlplane.identity.key import mint
from controlplane.identity.role import Role
from controlplane.ownership import owning
from observability.log import stores as log
from observability.log.entry import COMMAND, LogEntry
from rules.instant import render_instant

app = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True)


@app.command()
def create(  # noqa: PLR0913 - one parameter a flag
    *,
    role: Annotated[Role, typer.Option(help="What the key may do.")],
    name: Annotated[str, typer.Option(help="Who or what holds it.")],
    source: Annotated[
        list[str] | None, typer.Option(help="A source that it speaks for; several times.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Days until it expires.")] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Write it straight into the log: no server runs.")
    ] = False,
    url: Url = None,
    token: Token = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a key and print it once; only its hash is kept."""
    at = datetime.now(UTC)
    expires = render_instant(at + timedelta(days=days)) if days else None
    minted = mint()
    body: dict[str, Any] = {"id": minted.id, "hash": minted.hash, "name": name, "role": role.value}
    body |= {"expires_at": expires} if expires else {}
    body |= {"sources": source} if source else {}
    if offline:
        _write(body, at, given(data_dir=data_dir, database_url=database_url))
    else:
        with reaching(url, token) as client:
            answer_of(client.post("/v1/keys", json=body))
    shown = {"id": minted.id, "role": role.value, "expires_at": expires, "key": minted.token}
    if as_json:
        print_json(shown)
    else:
        typer.echo(minted.token)
        typer.echo("It is shown this once. Send it as `Authorization: Bearer …`.", err=True)


@app.command()
def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID")],
    *,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Let a key open nothing from now on."""
    with reaching(url, token) as client:
        answer = answer_of(client.post(f"/v1/keys/{id_}/revoke"))
    if as_json:
        print_json(answer)
    else:
        typer.echo(f"{id_} is revoked")


@app.command(name="list")
def list_(*, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """List the keys: ids, names and roles, never secrets."""
    with reaching(url, token) as client:
        items = answer_of(client.get("/v1/keys"))["items"]
    if as_json:
        print_json({"items": items})
        return
    for one in items:
        state = "revoked" if one.get("revoked_at") else "live"
        speaks = f"  speaks for {', '.join(one['sources'])}" if one["sources"] else ""
        typer.echo(f"{one['id']}  {one['role']:<12} {state:<8} {one['name']}{speaks}")


def _write(body: dict[str, Any], at: datetime, settings: Any) -> None:
    from controlplane.migrations import migrate
    from controlplane.pipeline.command import COMMAND_SOURCE, Command, encode_command

    command = Command(
        id=uuid.uuid4().hex, name="key:create", actor="cli", body=body, at=at, roles=("admin",)
    )
    entry = LogEntry(
        kind=COMMAND,
        source=COMMAND_SOURCE,
        id=command.id,
        at=at,
        payload=encode_command(command),
    )
    with refusals():
        databases = open_databases(settings.data_dir, settings.database_url)
        if databases.embedded:
            with owning(settings.data_dir / LOG_FILE):
                migrate(databases)
                with writing(databases.log) as connection:
                    log.append(connection, [entry])
        else:
            migrate(databases)
            with writing(databases.log) as connection:
                log.append(connection, [entry])
        databases.close()
