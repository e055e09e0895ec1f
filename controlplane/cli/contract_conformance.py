"""`controlplane contracts conformance`: what was observed of a contract beside what it declares."""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from controlplane.cli.reaching import AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import paper, print_json

_BARS = "▁▂▃▄▅▆▇█"
_DAYS = 60


def conformance(  # noqa: PLR0913 - one parameter a flag
    subject: Annotated[str, typer.Argument(help="The contract's subject.")],
    *,
    window: Annotated[
        str, typer.Option("--window", help="A number of days such as 30d, or all.")
    ] = "30d",
    version: Annotated[
        str | None, typer.Option("--version", help="Whose fields; the busiest one's when left.")
    ] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show what was admitted and refused of a contract, who sent it, and where it drifts."""
    asked = {"window": window} | ({"version": version} if version else {})
    with reaching(url, token) as client:
        found = answer_of(client.get(f"/v1/contracts/{subject}/conformance", params=asked))
    if as_json:
        print_json(found)
        return
    typer.echo(_heading(found))
    if found["trend"]:
        typer.echo(_line(found["trend"][-_DAYS:]))
    for table in (_versions(found), _producers(found), _consumers(found), _refusals(found)):
        if table.row_count:
            paper().print(table)
    for line in _drift(found["fields"]):
        typer.echo(line)


def _heading(found: dict[str, Any]) -> str:
    came = found["valid"] + found["refused"]
    what = f"{found['subject']}, {found['window']}"
    if not came:
        return f"{what}: no event came"
    return f"{what}: {found['share']:.2%} of {came:,} events kept it; {found['refused']:,} refused"


def _line(days: Sequence[dict[str, Any]]) -> str:
    """A bar a day: how much came; `!` below it where some of it was refused."""
    came = [one["valid"] + one["refused"] for one in days]
    bars = "".join(_BARS[round((len(_BARS) - 1) * one / max(came))] for one in came)
    marks = "".join("!" if one["refused"] else " " for one in days).rstrip()
    between = f"{days[0]['day']} … {days[-1]['day']}"
    return f"{bars}  {between}" + (f"\n{marks}" if marks else "")


def _versions(found: dict[str, Any]) -> Table:
    table = Table("version", "lifecycle", "kept", "refused", "valid share", "last")
    for one in found["versions"]:
        table.add_row(one["version"] or "none named", one["lifecycle"] or "", *_counted(one))
    return table


def _producers(found: dict[str, Any]) -> Table:
    table = Table("producer", "system", "owner", "kept", "refused", "valid share", "last")
    for one in found["producers"]:
        system = one["system"] if one["declared"] else f"{one['system']} (not declared)"
        table.add_row(one["source"], system, one["owner"] or "nobody said", *_counted(one))
    return table


def _consumers(found: dict[str, Any]) -> Table:
    table = Table("consumer", "declared", "steps told that follow on it")
    for one in found["consumers"]:
        declared = one["versions"] if one["declared"] else "not declared"
        table.add_row(one["system"], declared, f"{one['seen']:,}")
    return table


def _refusals(found: dict[str, Any]) -> Table:
    table = Table("refused over", "at", "events", "sources")
    for one in found["refusals"]:
        table.add_row(
            one["reason"], one["pointer"], f"{one['events']:,}", ", ".join(one["sources"])
        )
    return table


def _drift(fields: dict[str, Any]) -> Iterator[str]:
    if not fields["evaluated"]:
        yield f"Fields are not evaluated: {fields['because']}."
        return
    looked = f"{fields['looked']:,} of {fields['events']:,} events of {fields['version']} looked at"
    if not fields["drift"]:
        yield f"No drift ({looked})."
        return
    yield f"Drift ({looked}):"
    for one in fields["drift"]:
        yield f"  {one['id']:<18} {one['pointer']}  {one['message']}"


def _counted(one: dict[str, Any]) -> tuple[str, str, str, str]:
    share = "" if one["share"] is None else f"{one['share']:.2%}"
    return (f"{one['valid']:,}", f"{one['refused']:,}", share, (one["last_at"] or "")[:10])


CONFORMANCE: dict[str, Callable[..., None]] = {"conformance": conformance}
