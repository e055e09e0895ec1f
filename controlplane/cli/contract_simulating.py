"""`controlplane contracts simulate`: a stricter mode over all contracts, before it is in force."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controlplane.cli.contract_checking import Mode, Reading
from controlplane.cli.reaching import AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import paper, print_json

if TYPE_CHECKING:
    import httpx

_COUNTED = ("contracts", "versions", "refused", "newly")
_RULES = 3


def simulate(  # noqa: PLR0913 - one flag, one argument
    *,
    mode: Annotated[
        Mode | None, typer.Option("--mode", help="As if it were every contract's; default its own.")
    ] = None,
    policy: Annotated[
        Reading, typer.Option("--policy", help="strict also refuses what a closed reader may.")
    ] = Reading.LENIENT,
    owner: Annotated[str | None, typer.Option("--owner", help="Contracts of this team.")] = None,
    domain: Annotated[
        str | None, typer.Option("--domain", help="Contracts of this domain.")
    ] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """
    Say which versions that stand a mode or a policy would refuse; nothing is put in force.

    Each is told with the verdict that it has now, by the mode of its own contract.
    """
    wanted = {"owner": owner, "domain": domain}
    given = {name: one for name, one in wanted.items() if one is not None}
    body = {"policy": policy.value, **({"mode": mode.value} if mode is not None else {})}
    with reaching(url, token) as client:
        found = _whole(_pages(client, body, given))
    if as_json:
        print_json(found)
        return
    if found["items"]:
        paper().print(_table(found["items"]))
    rules = ", ".join(f"{rule} ({count})" for rule, count in list(found["rules"].items())[:_RULES])
    typer.echo(
        f"{found['contracts']:,} contracts, {found['versions']:,} versions with one before them: "
        f"{found['refused']:,} would be refused, {found['newly']:,} of them pass now"
        f"{f'; most by {rules}' if rules else ''}"
    )


def _pages(
    client: "httpx.Client", body: dict[str, str], given: dict[str, str]
) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        asked = {**given, **({"cursor": cursor} if cursor else {})}
        page = answer_of(client.post("/v1/compatibility/simulation", json=body, params=asked))
        yield page
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _whole(pages: Iterator[dict[str, Any]]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    items: list[dict[str, Any]] = []
    for page in pages:
        counts.update({name: page[name] for name in _COUNTED})
        rules.update(page["rules"])
        items += page["items"]
    return {
        **{name: counts[name] for name in _COUNTED},
        "rules": dict(rules.most_common()),
        "items": items,
    }


def _table(items: list[dict[str, Any]]) -> Any:
    from rich.table import Table

    table = Table("subject", "version", "status", "owner", "would be", "is now", "because")
    for one in items:
        more = f" and {one['findings'] - 1} more" if one["findings"] > 1 else ""
        table.add_row(
            one["subject"],
            one["version"],
            one["lifecycle"],
            one["owner"],
            one["verdict"].replace("_", " "),
            one["now"].replace("_", " "),
            f"{', '.join(one['rules'][:1])}{more}",
        )
    return table


SIMULATING: dict[str, Callable[..., None]] = {"simulate": simulate}
