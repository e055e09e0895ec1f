"""`controlplane contracts submit|approve|publish|…`: a version on its way out, and to its end."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

import typer

from controlplane.cli.reaching import AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json

Which = Annotated[
    str, typer.Argument(metavar="SUBJECT@VERSION", help="A version, e.g. ps.rate.agreed@2.0.0.")
]
Comment = Annotated[str, typer.Option("--comment", help="Why, for the audit ledger.")]


def submit(  # noqa: PLR0913 - one flag, one argument
    which: Which,
    *,
    reviewer: Annotated[
        list[str] | None, typer.Option(help="Who is asked to sign, by the name of their key.")
    ] = None,
    comment: Comment = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Ask for a review, of the stewards who are named or of any."""
    body = {"to": "in_review", "comment": comment, "reviewers": reviewer}
    _move(which, body, url, token, as_json=as_json)


def send_back(
    which: Which,
    *,
    comment: Comment = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Ask for changes: the version is a draft again, and nobody has signed it."""
    _move(which, {"to": "draft", "comment": comment}, url, token, as_json=as_json)


def approve(
    which: Which,
    *,
    comment: Comment = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Sign a version that somebody else wrote; it is approved once enough have signed."""
    path = version_path(which)
    with reaching(url, token) as client:
        signed = answer_of(client.post(f"{path}/approvals", json={"comment": comment}))
        missing = answer_of(client.get(f"{path}/review"))["missing"]
        if not missing["lacking"]:
            body = {"to": "approved", "comment": comment}
            answer_of(client.post(f"{path}/transitions", json=body))
    if as_json:
        print_json(signed)
    elif missing["lacking"]:
        typer.echo(f"{which}  signed; {missing['lacking']} more of {missing['quorum']} to sign")
    else:
        typer.echo(f"{which}  approved")


def publish(
    which: Which,
    *,
    comment: Comment = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Put a version in force; exit 1 with the findings or the signatures that are in the way."""
    _move(which, {"to": "published", "comment": comment}, url, token, as_json=as_json)


def deprecate(  # noqa: PLR0913 - one flag, one argument
    which: Which,
    *,
    sunset: Annotated[
        str | None, typer.Option(help="When it may be gone, e.g. 2027-06-01T00:00:00Z.")
    ] = None,
    successor: Annotated[str | None, typer.Option(help="The version to read instead.")] = None,
    comment: Comment = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Say that a version will end."""
    body = {"to": "deprecated", "comment": comment, "sunset": sunset, "successor": successor}
    _move(which, body, url, token, as_json=as_json)


def retire(
    which: Which,
    *,
    comment: Comment = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Take a version out of force; exit 1 with whoever still uses it."""
    _move(which, {"to": "retired", "comment": comment}, url, token, as_json=as_json)


def promote(  # noqa: PLR0913 - one flag, one argument
    which: Which,
    environment: Annotated[str, typer.Argument(help="The next one, e.g. dev, test or prod.")],
    *,
    comment: Comment = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Take a version to its next environment."""
    body = {"environment": environment, "comment": comment}
    answer = _post(f"{version_path(which)}/promotions", body, url, token)
    _say(answer, f"{which}  in {environment}", as_json=as_json)


def hand_over(  # noqa: PLR0913 - one flag, one argument
    subject: Annotated[str, typer.Argument(help="The contract.")],
    owner: Annotated[str, typer.Argument(help="The team that answers for it from now on.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, for the audit ledger.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Give a contract to another team."""
    path = f"/v1/contracts/{quote(subject, safe='')}/owner"
    with reaching(url, token) as client:
        answer = answer_of(client.put(path, json={"owner": owner, "reason": reason}))
    _say(answer, f"{subject}  owned by {owner}", as_json=as_json)


def version_path(which: str) -> str:
    """Return the address of `SUBJECT@VERSION`."""
    subject, _, version = which.rpartition("@")
    if not subject or not version:
        raise typer.BadParameter("write SUBJECT@VERSION, e.g. ps.rate.agreed@2.0.0")
    return f"/v1/contracts/{quote(subject, safe='')}/versions/{quote(version, safe='')}"


def _move(
    which: str, body: dict[str, Any], url: str | None, token: str | None, *, as_json: bool
) -> None:
    answer = _post(f"{version_path(which)}/transitions", body, url, token)
    ends = f", until {answer['sunset_at']}" if answer["sunset_at"] else ""
    _say(answer, f"{which}  {answer['lifecycle']}{ends}", as_json=as_json)


def _post(path: str, body: dict[str, Any], url: str | None, token: str | None) -> Any:
    given = {name: value for name, value in body.items() if value is not None}
    with reaching(url, token) as client:
        return answer_of(client.post(path, json=given))


def _say(answer: Any, line: str, *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        typer.echo(line)


LIFECYCLE: dict[str, Callable[..., None]] = {
    "submit": submit,
    "send-back": send_back,
    "approve": approve,
    "publish": publish,
    "promote": promote,
    "deprecate": deprecate,
    "retire": retire,
    "hand-over": hand_over,
}
