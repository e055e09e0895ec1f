"""`controlplane integrations`: which system tells which other what, and what is not known."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from controlplane.cli.reaching import AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json

PAGE = 500


def integrations(  # noqa: PLR0913 - one parameter a flag
    *,
    system: Annotated[str | None, typer.Option("--system", help="On either side.")] = None,
    gap: Annotated[
        str | None, typer.Option("--gap", help="With this gap, such as never-observed.")
    ] = None,
    criticality: Annotated[
        str | None, typer.Option("--criticality", help="low, medium, high or critical.")
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Of this team.")] = None,
    window: Annotated[
        str, typer.Option("--window", help="A number of days such as 30d, or all.")
    ] = "30d",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List every flow from a producer by a contract to a consumer, with its gaps."""
    asked = {"system": system, "gap": gap, "criticality": criticality, "owner": owner}
    query: dict[str, Any] = {name: one for name, one in asked.items() if one}
    query |= {"window": window, "limit": PAGE}
    with reaching(url, token) as client:
        found = answer_of(client.get("/v1/integrations", params=query))
        while found["next_cursor"]:
            more = client.get("/v1/integrations", params={**query, "cursor": found["next_cursor"]})
            found = {**answer_of(more), "items": [*found["items"], *answer_of(more)["items"]]}
    if as_json:
        print_json(found)
        return
    table = Table("from", "to", "contract", "criticality", "owner", "events", "last", "gaps")
    for one in found["items"]:
        table.add_row(
            one["producer"],
            one["consumer"] or "",
            one["subject"],
            one["criticality"] or "",
            one["owner"] or "",
            f"{one['events']:,}",
            (one["last_at"] or "")[:10],
            ", ".join(one["gaps"]),
        )
    console = Console()
    Console(width=console.width if console.is_terminal else 160).print(table)
    typer.echo(f"{found['total']} {'flow' if found['total'] == 1 else 'flows'}")
    for name, count in sorted(found["gaps"].items(), key=lambda kept: (-kept[1], kept[0])):
        typer.echo(f"  {count:>5} {name}: {found['meaning'][name]}")
