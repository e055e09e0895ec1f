"""`controlplane rules list|put|shadow|promote|rollback|retire|withdraw`: where versions stand."""

from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from controlplane.cli.reaching import (
    FAILED,
    USAGE,
    AnswerError,
    AsJson,
    Token,
    Url,
    answer_about,
    answer_of,
    reaching,
)
from controlplane.cli.showing import print_json
from controlplane.cli.telling import plain
from controlplane.pack.read import PackedDocument, PackError
from rules.document import DocumentError

_STATES = ("active", "shadow", "draft")
_YAML = {"content-type": "application/yaml"}

Which = Annotated[str, typer.Argument(metavar="RULESET@VERSION", help="A version of a rule set.")]
Comment = Annotated[str, typer.Option("--comment", help="Why, for the audit ledger.")]
EffectiveFrom = Annotated[
    str | None,
    typer.Option("--effective-from", help="Let it wait until then, e.g. 2027-01-01T00:00:00Z."),
]


def list_(
    ruleset: Annotated[str | None, typer.Argument(help="One rule set: all its versions.")] = None,
    *,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List rule sets with what stands in force, in shadow and in draft; or all versions of one."""
    with reaching(url, token) as client:
        items = _versions(client, ruleset) if ruleset else _standing(client)
    if as_json:
        print_json({"items": items})
        return
    for one in items:
        typer.echo(_version_line(one) if ruleset else _line(one))


def put(
    path: Annotated[Path, typer.Argument(help="A rule set's folder or file, or a pack.")],
    *,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Draft the rule sets as they are written; what stands already under its version stays."""
    documents = _documents(path)
    with reaching(url, token) as client:
        items = [_put(client, one) for one in documents]
    if as_json:
        print_json({"items": items})
        return
    for one in items:
        typer.echo(f"{one['name']}@{one['version']}  {one['state']}  {one['digest'][:12]}")


def shadow(
    which: Which,
    *,
    comment: Comment = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Compare a draft with the version in force on live cases; nothing comes of what it says."""
    _move(which, {"to": "shadow", "comment": comment}, url, token, as_json=as_json)


def withdraw(
    which: Which,
    *,
    comment: Comment = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Make a version a draft again: out of shadow, or no longer waiting for its time."""
    _move(which, {"to": "draft", "comment": comment}, url, token, as_json=as_json)


def promote(  # noqa: PLR0913 - one flag, one argument
    which: Which,
    *,
    comment: Comment = "",
    effective_from: EffectiveFrom = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Sign a version off and put it in force; exit 1 when that takes somebody else."""
    body = {"to": "active", "comment": comment, "effective_from": effective_from}
    _move(which, body, url, token, as_json=as_json)


def retire(  # noqa: PLR0913 - likewise
    which: Which,
    *,
    comment: Comment = "",
    effective_from: EffectiveFrom = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Take the version in force out of it: its rules are asked no more, their exceptions end."""
    body = {"to": "retired", "comment": comment, "effective_from": effective_from}
    _move(which, body, url, token, as_json=as_json)


def rollback(
    ruleset: Annotated[str, typer.Argument(help="The rule set.")],
    *,
    comment: Comment = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Put the version back in force that stood before; again, the one before that."""
    path = f"/v1/rulesets/{ruleset}/rollback"
    _post(path, {"comment": comment}, url, token, as_json=as_json)


def version_path(which: str) -> str:
    """Return the address of `RULESET@VERSION`."""
    ruleset, _, version = which.partition("@")
    if not ruleset or not version:
        raise typer.BadParameter("write RULESET@VERSION, e.g. time-billing@1.1.0")
    return f"/v1/rulesets/{ruleset}/versions/{version}"


def _move(
    which: str, body: dict[str, Any], url: str | None, token: str | None, *, as_json: bool
) -> None:
    given = {name: value for name, value in body.items() if value is not None}
    _post(f"{version_path(which)}/transitions", given, url, token, as_json=as_json)


def _post(
    path: str, body: dict[str, Any], url: str | None, token: str | None, *, as_json: bool
) -> None:
    with reaching(url, token) as client:
        answer = answer_of(client.post(path, json=body))
    if as_json:
        print_json(answer)
    else:
        typer.echo(_version_line(answer))


def _put(client: httpx.Client, one: PackedDocument) -> dict[str, Any]:
    from rules.language import read_ruleset

    try:
        read = read_ruleset(one.text)
        path = version_path(f"{read.ruleset}@{read.version}")
        given = client.put(path, content=one.text.encode(), headers=_YAML)
        answer: dict[str, Any] = answer_about(one, given)
    except DocumentError as error:
        file, line = one.place(error.line)
        raise AnswerError(f"{file}:{line}: {error.message}") from error
    return answer


def _documents(path: Path) -> tuple[PackedDocument, ...]:
    from controlplane.pack.ruleset import NowhereError, find  # the server's imports take time

    try:
        return find(path, packless=True).documents
    except NowhereError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from error
    except PackError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error


def _versions(client: httpx.Client, ruleset: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = answer_of(client.get(f"/v1/rulesets/{ruleset}/versions"))["items"]
    return items


def _standing(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for state in _STATES:
        found += answer_of(client.get("/v1/rulesets", params={"state": state}))["items"]
    return sorted(found, key=lambda one: (one["ruleset"], _STATES.index(one["state"])))


def _line(one: dict[str, Any]) -> str:
    asked = len(one["rules"])
    named = f"{one['ruleset']}@{one['version']}"
    return f"{named}  {one['state']}  {asked} {'rule' if asked == 1 else 'rules'}  {one['title']}"


def _version_line(one: dict[str, Any]) -> str:
    names = one.get("names", {})
    changed, created, signer = (
        names.get(one[by], one[by]) for by in ("changed_by", "created_by", "signed_by")
    )
    signed = f", signed by {signer}" if signer else ""
    waits = one.get("planned")
    planned = f"; {waits['to']} from {plain(waits['at'])} on" if waits else ""
    return (
        f"{one['name']}@{one['version']}  {one['state']} since {plain(one['changed_at'])} "
        f"by {changed}{signed}, written by {created}  "
        f"{one['digest'][:12]}{planned}"
    )
