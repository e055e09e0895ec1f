"""`controlplane rules backtest`: what a change of rules would do, before it is made."""

import re
from pathlib import Path
from time import sleep
from typing import Annotated, Any

import httpx
import typer

from controlplane.cli.finding import lines
from controlplane.cli.reaching import (
    FAILED,
    USAGE,
    AsJson,
    Token,
    Url,
    answer_about,
    answer_of,
    reaching,
)
from controlplane.cli.showing import print_json, showing
from controlplane.pack.read import PackedDocument, PackError

WAIT_SECONDS = 0.3
_VERSION = re.compile(r"(?P<ruleset>[a-z0-9-]+)@(?P<version>[^@/]+)")
_ID = re.compile(r"[0-9a-f]{32}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

What = Annotated[
    str,
    typer.Argument(
        metavar="FILE|RULESET@VERSION|ID",
        help="A rule set's file or folder, a registered version, or a backtest begun before.",
    ),
]
Against = Annotated[
    str | None,
    typer.Option(help="The version to compare with, or none; default: the one in force."),
]
Since = Annotated[
    str | None, typer.Option("--from", metavar="WHEN", help="Look at nothing that was before.")
]
Until = Annotated[
    str | None, typer.Option("--to", metavar="WHEN", help="Look at things as they stood then.")
]


def backtest(  # noqa: PLR0913 - one flag, one argument
    what: What,
    *,
    against: Against = None,
    since: Since = None,
    until: Until = None,
    cases: Annotated[int | None, typer.Option(min=1, help="Look at so many cases at most.")] = None,
    history: Annotated[
        bool, typer.Option("--history/--now-only", help="Whether the past is looked at too.")
    ] = True,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Whether to wait until it is done.")
    ] = True,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Try rules on the stored history and say what they would change; Ctrl-C cancels."""
    asked: dict[str, Any] = {
        "against": against,
        "from": _instant(since),
        "to": _instant(until),
        "cases": cases,
        "history": history,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    candidate = None if _ID.fullmatch(what) else _candidate(what)
    with reaching(url, token) as client:
        id_ = what if candidate is None else _begun(client, candidate, given)
        path = f"/v1/backtests/{id_}"
        found = looked_at(client, path, "cases", quiet=as_json, wait=wait)
    if as_json:
        print_json(found)
    elif found["status"] == "running":
        typer.echo(f"{id_} is running; look at it with: controlplane rules backtest {id_}")
    else:
        typer.echo("\n".join(lines(found)))
    if found["status"] not in {"done", "running"}:
        raise typer.Exit(FAILED)


def _candidate(what: str) -> PackedDocument | re.Match[str]:
    """Return the document that *what* leads to, or the version that it names."""
    named = _VERSION.fullmatch(what)
    if named is not None and not Path(what).exists():
        return named
    from controlplane.pack.ruleset import NowhereError, find

    try:
        documents = find(Path(what), packless=True).documents
    except NowhereError as error:
        typer.echo(f"{error}; a registered version is written RULESET@VERSION", err=True)
        raise typer.Exit(USAGE) from error
    except PackError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error
    if len(documents) != 1:
        names = ", ".join(one.name for one in documents)
        raise typer.BadParameter(f"name one rule set of {what}: {names}", param_hint="WHAT")
    return documents[0]


def _begun(
    client: httpx.Client, candidate: PackedDocument | re.Match[str], asked: dict[str, Any]
) -> str:
    if isinstance(candidate, PackedDocument):
        text = candidate.text.encode()
        answer = client.post("/v1/rulesets/backtest", params=asked, content=text)
        return str(answer_about(candidate, answer)["id"])
    path = f"/v1/rulesets/{candidate['ruleset']}/versions/{candidate['version']}/backtest"
    named = {"against": None} if asked.get("against") == "none" else {}
    return str(answer_of(client.post(path, json={**asked, **named}))["id"])


def looked_at(
    client: httpx.Client, path: str, what: str, *, quiet: bool, wait: bool
) -> dict[str, Any]:
    """Return the long work at *path*, when it is over if *wait*; Ctrl-C cancels it."""
    with showing(what, quiet=quiet) as told:
        try:
            while True:
                found = _found(client, path)
                progress = found["progress"]
                if progress is not None and progress["of"]:
                    told(progress["cases"], progress["of"])
                if found["status"] != "running" or not wait:
                    return found
                sleep(WAIT_SECONDS)
        except KeyboardInterrupt:
            answer_of(client.post(f"{path}/cancel"))
            return _found(client, path)


def _found(client: httpx.Client, path: str) -> dict[str, Any]:
    found: dict[str, Any] = answer_of(client.get(path))
    return found


def _instant(text: str | None) -> str | None:
    """Let a day stand for its first instant."""
    return f"{text}T00:00:00Z" if text is not None and _DAY.fullmatch(text) else text
