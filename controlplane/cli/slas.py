"""`controlplane slas`: objectives listed, and taken from and to OpenSLO."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from controlplane.cli.reaching import FAILED, AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import paper, print_json

app = typer.Typer(help="List SLA objectives; import and export OpenSLO.", no_args_is_help=True)

Process = Annotated[str | None, typer.Option("--process", help="Only those of this process.")]


@app.command(name="list")
def list_(
    process: Process = None, *, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """List the objectives in force."""
    with reaching(url, token) as client:
        asked = {"process": process} if process else {}
        items = answer_of(client.get("/v1/slas", params=asked))["items"]
    if as_json:
        print_json({"items": items})
        return
    table = Table("process", "objective", "promised", "from", "to", "owner")
    for one in sorted(items, key=lambda item: (item["process"], item["sla"])):
        begins, ends = ", ".join(one["from"]), ", ".join(one["to"])
        table.add_row(one["process"], one["sla"], one["promised"], begins, ends, one["owner"])
    paper().print(table)


@app.command()
def budget(
    sla: Annotated[str, typer.Argument(help="The objective's name.")],
    *,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show what is left of an objective's error budget; exit 1 when nothing is."""
    with reaching(url, token) as client:
        found = answer_of(client.get(f"/v1/slas/{sla}/budget"))
    if as_json:
        print_json(found)
    else:
        table = Table("business days", "fell due", "broken", "allowed", "burn", "money broken")
        for one in found["windows"]:
            money = ", ".join(f"{m['amount']} {m['currency']}" for m in one["money_broken"])
            burn = "too few" if one["burn"] is None else f"{one['burn']:.2f}"
            counts = (one["business_days"], one["ended"], one["broken"], f"{one['allowed']:.1f}")
            table.add_row(*map(str, counts), burn, money)
        Console().print(table)
        typer.echo(f"{sla}: {found['verdict'].replace('_', ' ')}")
    if found["verdict"] in {"burning", "exhausted"}:
        raise typer.Exit(FAILED)


@app.command()
def export(process: Process = None, *, url: Url = None, token: Token = None) -> None:
    """Print the objectives in force as OpenSLO v1."""
    with reaching(url, token) as client:
        asked = {"process": process} if process else {}
        answer = client.get("/v1/openslo", params=asked)
        if not answer.is_success:
            answer_of(answer)
        typer.echo(answer.text, nl=False)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="An OpenSLO v1 file, one SLO or many.")],
    *,
    dry: Annotated[bool, typer.Option("--dry-run", help="Print the objectives only.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Put every SLO of an OpenSLO file in force as an objective; nothing when one is refused."""
    from observability.objective.openslo import imported
    from rules.document import DocumentError

    try:
        found = list(imported(file.read_text()))
    except DocumentError as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(FAILED) from error
    except OSError as error:
        typer.echo(f"{file} cannot be read: {error.strerror}", err=True)
        raise typer.Exit(FAILED) from error
    if dry:
        typer.echo("---\n".join(text for _, text in found), nl=False)
        return
    with reaching(url, token) as client:
        for objective, text in found:
            head = {"content-type": "application/yaml"}
            address = f"/v1/slas/{objective.sla}"
            answer_of(client.put(address, content=text.encode(), headers=head))
    names = [objective.sla for objective, _ in found]
    if as_json:
        print_json({"put": names})
    else:
        typer.echo(f"in force: {', '.join(names) or 'nothing, the file has no SLO'}")
