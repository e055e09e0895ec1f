"""`controlplane kpis`: what the firm's KPIs come to, beside their targets and how they went."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

import typer

from controlplane.cli.reaching import AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json

_BARS = "▁▂▃▄▅▆▇█"
_NONE = "·"
_UNITS = {"percent": " %", "days": " d", "hours": " h", "seconds": " s", "count": ""}

Process = Annotated[str | None, typer.Option("--process", help="KPIs of this process alone.")]
Window = Annotated[str, typer.Option("--window", help="A number of days such as 30d, or all.")]
By = Annotated[
    str | None,
    typer.Option("--by", help="By currency, client, practice, region, legal_entity; or source."),
]
Within = Annotated[
    str | None, typer.Option("--within", help="One part alone, such as practice=Strategy.")
]
Currency = Annotated[
    str | None, typer.Option("--currency", help="Of money; the rates' base by default.")
]


def kpis(  # noqa: PLR0913 - one parameter a flag
    kpi: Annotated[str | None, typer.Argument(help="One KPI; all of them by default.")] = None,
    *,
    process: Process = None,
    window: Window = "30d",
    by: By = None,
    within: Within = None,
    currency: Currency = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Print KPIs: value, whether the target is met, and the twelve windows up to this one."""
    asked = {
        "process": process,
        "window": window,
        "by": by,
        "within": within,
        "currency": currency,
    }
    params = {name: value for name, value in asked.items() if value is not None}
    with reaching(url, token) as client:
        path = f"/v1/kpis/{kpi}" if kpi else "/v1/kpis"
        found = answer_of(client.get(path, params=params))
    if as_json:
        print_json(found)
        return
    for line in _lines([found] if kpi else found["items"]):
        typer.echo(line)


def _lines(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    wide = max((len(one["title"]) for one in items), default=0)
    for one in items:
        title = f"{one['title']:<{wide}}"
        if one["value"] is None:
            yield f"{title}  {one['because']}"
            continue
        line = f"{title}  {_told(one, one['value']):>18}  {_trend(one['trend'])}  {_target(one)}"
        yield line.rstrip()
        if one["unconverted"]:
            yield f"{'':<{wide}}  without {', '.join(one['unconverted'])}: no rate"
        for group in one["groups"]:
            value = group["because"] if group["value"] is None else _told(one, group["value"])
            yield f"{'':<{wide}}  {value:>18}  {group['of'] or 'not said'}"
    if not items:
        yield "No KPI is in force: install a pack, or PUT /v1/kpis/{kpi}."


def _told(one: Mapping[str, Any], value: str) -> str:
    if one["unit"] == "money":
        return f"{Decimal(value):,.2f} {one['currency'] or ''}".rstrip()
    places = 0 if one["unit"] == "count" else 2
    return f"{Decimal(value):,.{places}f}{_UNITS[one['unit']]}"


def _target(one: Mapping[str, Any]) -> str:
    if one["target"] is None:
        return ""
    sign = "≥" if one["better"] == "higher" else "≤"
    state = {True: "met", False: "missed", None: "not comparable"}[one["meets"]]
    return f"target {sign} {one['target']['value']} {state}"


def _trend(points: Sequence[Mapping[str, Any]]) -> str:
    values = [None if one["value"] is None else Decimal(one["value"]) for one in points]
    known = [one for one in values if one is not None]
    if not known:
        return ""
    low, span = min(known), (max(known) - min(known)) or Decimal(1)
    top = len(_BARS) - 1
    return "".join(_NONE if v is None else _BARS[int((v - low) / span * top)] for v in values)
