"""`controlplane rules coverage RULESET@production`: what rules met with where they are in force."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import typer

from controlplane.cli.reaching import answer_of, reaching
from controlplane.cli.showing import print_json

PRODUCTION = "@production"


def show_production(ruleset: str, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Print how often the rules of *ruleset* and their conditions held."""
    with reaching(url, token) as client:
        found = answer_of(client.get(f"/v1/rulesets/{quote(ruleset, safe='')}/coverage"))
    if as_json:
        print_json(found)
        return
    typer.echo(f"{ruleset} {found['version']}, {found['window']}: decisions in which a rule fired")
    typer.echo("of those that asked it, and how often each condition held of the nearest facts")
    for rule in found["rules"]:
        for line in _rule(rule):
            typer.echo(line)
    never = len(found["never_fired"])
    typer.echo(f"{never} of {len(found['rules'])} rules never fired")


def _rule(rule: dict[str, Any]) -> Iterator[str]:
    yield f"{rule['fired']:>7} of {rule['asked']:>7}  {rule['rule']}"
    for one in rule["conditions"]:
        missing = f", {one['unknown']} for a missing datum" if one["unknown"] else ""
        seen = f" ({one['seen']})" if one["seen"] else ""
        failed = one["failed"] + one["unknown"]
        yield f"           held {one['held']}, failed {failed}{missing}: {one['asked']}{seen}"
    for row in rule["rows"]:
        told = f"fired {row['fired']}, let pass {row['passed']}, came nearest {row['nearest']}"
        yield f"           row {row['row']}: {told}"
