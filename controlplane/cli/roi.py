"""`controlplane roi`: what became better since a chosen date, and what each figure rests on."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.table import Table

from controlplane.cli.reaching import AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import paper, print_json

_UNITS = {"percent": " %", "days": " d", "hours": " h"}


def roi(  # noqa: PLR0913 - one parameter a flag
    split: Annotated[
        datetime,
        typer.Argument(
            formats=["%Y-%m-%d"], help="The first day that counts as after: 2026-10-01."
        ),
    ],
    *,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="Days on either side.")] = 30,
    process: Annotated[
        str | None, typer.Option("--process", help="Figures of this process alone.")
    ] = None,
    forecasts: Annotated[
        bool, typer.Option("--forecasts", help="How forecasts came true, too.")
    ] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Hold the days before a date against those from it on: set-up, cycle, breaks, forecasts."""
    asked = {"split": split.date().isoformat(), "days": str(days), "process": process}
    asked["forecasts"] = "true" if forecasts else None
    with reaching(url, token) as client:
        params = {name: value for name, value in asked.items() if value is not None}
        found = answer_of(client.get("/v1/roi", params=params))
    if as_json:
        print_json(found)
        return
    paper().print(told(found["items"]))


def told(items: Sequence[Mapping[str, Any]]) -> Table:
    """Return the figures side by side; a narrow terminal folds the last column alone."""
    table = Table(box=None, pad_edge=False)
    for heading in ("figure", "before", "from", "after", "from"):
        table.add_column(heading, justify="left" if heading == "figure" else "right", no_wrap=True)
    table.add_column()
    for one in items:
        table.add_row(one["title"], *_sides(one), _verdict(one))
    return table


def _sides(one: Mapping[str, Any]) -> Iterator[str]:
    for side in (one["before"], one["after"]):
        value = side["value"]
        yield "-" if value is None else f"{Decimal(value):,}{_unit(one)}"
        yield f"{side['sample']:,}"


def _unit(one: Mapping[str, Any]) -> str:
    return f" {one['currency']}" if one["currency"] else _UNITS.get(one["unit"] or "", "")


def _verdict(one: Mapping[str, Any]) -> str:
    missing = one["before"]["because"] or one["after"]["because"]
    if missing is not None:
        return str(missing)
    if one["better_by"] is None:
        return "no share of nought" if Decimal(one["change"]) else "as before"
    share = Decimal(one["better_by"])
    told = f"{abs(share):.0%} {'better' if share > 0 else 'worse'}" if share else "as before"
    return told if one["enough"] else f"{told}; few cases"
