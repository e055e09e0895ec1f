"""`controlplane rules differences`: what a version in shadow would do otherwise, to be read."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

import typer

from controlplane.cli.reaching import AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json
from controlplane.cli.standing import Which, version_path
from controlplane.cli.telling import plain

_FIGURES = (("blocked", "blocked"), ("delayed_cash", "delayed cash"), ("exposure", "exposure"))


def differences(  # noqa: PLR0913 - one flag, one argument
    which: Which,
    *,
    rule: Annotated[str | None, typer.Option("--rule", help="One rule only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Most cases to show.")] = 20,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show what a version in shadow would open, close and change on live cases, and in money."""
    asked: dict[str, str | int] = {"limit": limit, **({"rule": rule} if rule else {})}
    with reaching(url, token) as client:
        found = answer_of(client.get(f"{version_path(which)}/differences", params=asked))
    if as_json:
        print_json(found)
        return
    for line in lines(found):
        typer.echo(line)


def lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield what a person reads of *found*."""
    beside = f"beside {found['against']}" if found["against"] else "with nothing in force"
    yield f"{found['ruleset']}@{found['version']} in shadow {beside} since {plain(found['since'])}"
    cases = found["cases"]
    compared = f"{cases['compared']} {'case' if cases['compared'] == 1 else 'cases'} compared"
    yield f"{compared}: {cases['same']} the same, {cases['differing']} differ"
    yield f"{cases['not_evaluated']} could not be compared, {cases['waiting']} wait"
    for one in found["rules"]:
        yield f"  {one['rule']}: {_counts(one)}"
    for name, words in _FIGURES:
        before, after = (found["money"][side][name] for side in ("before", "after"))
        if before != after:
            yield f"{words}: {_sums(before)} → {_sums(after)}"
        elif after:
            yield f"{words}: {_sums(after)}, as before"
    for case in found["items"]:
        yield from _case(case)
    if found["next_cursor"]:
        yield "and more: --limit, or --rule for one rule"


def _counts(one: dict[str, Any]) -> str:
    told = [f"{one[kind]} {words}" for kind, words in _KINDS if one[kind]]
    return ", ".join(told)


_KINDS = (
    ("opened", "would open"),
    ("closed", "would close"),
    ("changed", "would change"),
    ("not_evaluated", "not compared"),
)


def _case(case: dict[str, Any]) -> Iterator[str]:
    named = case["case"] or case["instance"]
    found = case["difference"]
    if found is None:
        yield f"{named}: not compared: {case['because']}"
        return
    for kind, words in (("opened", "opens"), ("closed", "closes")):
        for firing in found.get(kind, ()):
            yield f"{named}: {words} {firing['rule']}: {plain(firing['reason'])}"
    for pair in found.get("changed", ()):
        members = ", ".join(one.replace("_", " ") for one in pair["members"])
        after = pair["after"]
        yield f"{named}: changes {after['rule']} ({members}): {plain(after['reason'])}"
    for one in found.get("incomparable", ()):
        told = one.get("after") or one.get("before") or {}
        yield f"{named}: not compared: {one['rule']}: {told.get('because', '')}"


def _sums(those: list[dict[str, str]]) -> str:
    told = (f"{one['currency']} {Decimal(one['amount']):,.2f}" for one in those)
    return " + ".join(told) or "nothing"
