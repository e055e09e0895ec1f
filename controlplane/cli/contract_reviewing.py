"""`controlplane contracts review|comment|waive|waivers`: what stops a version, and what is said."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer

from controlplane.cli.contract_lifecycle import Which, version_path
from controlplane.cli.reaching import AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json


def review(which: Which, *, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Show who has signed a version, what is said and waived, and what still stops it."""
    with reaching(url, token) as client:
        answer = answer_of(client.get(f"{version_path(which)}/review"))
    if as_json:
        print_json(answer)
        return
    for line in _lines(answer):
        typer.echo(line)


def comment(  # noqa: PLR0913 - one flag, one argument
    which: Which,
    text: Annotated[str, typer.Argument(help="What is to be said.")],
    *,
    finding: Annotated[str, typer.Option(help="The id of the finding that is spoken of.")] = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Say something of a version, or of one of its findings."""
    with reaching(url, token) as client:
        body = {"text": text, "finding": finding}
        answer = answer_of(client.post(f"{version_path(which)}/comments", json=body))
    if as_json:
        print_json(answer)
    else:
        typer.echo(f"{which}  remark {answer['number']}")


def waive(  # noqa: PLR0913 - one flag, one argument
    which: Which,
    *,
    owner: Annotated[str, typer.Option(help="The team that answers for it.")],
    reason: Annotated[str, typer.Option(help="Why the version may pass.")],
    until: Annotated[str, typer.Option(help="Its end, e.g. 2027-01-01T00:00:00Z.")],
    finding: Annotated[
        list[str] | None, typer.Option(help="A finding by its id; none named: all that stop it.")
    ] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Let a version pass with findings; a steward who did not write it gives the waiver so."""
    path = version_path(which)
    with reaching(url, token) as client:
        standing = [] if finding else answer_of(client.get(f"{path}/review"))["blocking"]
        ids = finding or [one["id"] for one in standing]
        body = {"owner": owner, "reason": reason, "expires_at": until, "findings": ids}
        answer = answer_of(client.post(f"{path}/waivers", json=body))
    if as_json:
        print_json(answer)
    else:
        given = "given" if answer["granted_by"] else "waits for a steward"
        found = len(answer["findings"])
        findings = f"{found} finding{'' if found == 1 else 's'}"
        typer.echo(f"{answer['id']}  {given}: {findings} until {until}")


def waivers(
    *,
    standing: Annotated[
        str | None, typer.Option(help="asked, active, stale, expired or withdrawn.")
    ] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List the waivers of every contract, or those that stand so."""
    given = {"limit": "500", **({"standing": standing} if standing else {})}
    with reaching(url, token) as client:
        page = answer_of(client.get("/v1/waivers", params=given))
    if as_json:
        print_json(page)
        return
    for one in page["items"]:
        named = f"{one['subject']}@{one['version']}"
        typer.echo(f"{one['id']}  {one['standing']:<9}  {named}  {one['owner']}  {one['because']}")


def _lines(answer: dict[str, Any]) -> Iterator[str]:
    names = answer["names"]
    yield f"{answer['subject']}@{answer['version']}  {answer['lifecycle']}"
    missing = answer["missing"]
    if missing:
        signed = ", ".join(names.get(one, one) for one in missing["signed"]) or "nobody"
        yield f"  signed by {signed}; {missing['lacking']} more of {missing['quorum']} to sign"
    for one in answer["blocking"]:
        yield f"  {one['level']}  {one['id']}  {one['message']}"
    for one in answer["waivers"]:
        yield f"  waiver {one['id']}  {one['standing']}: {_called(one['because'], names)}"
    for one in answer["remarks"]:
        about = f" of {one['finding']}" if one["finding"] else ""
        yield f"  {names.get(one['actor'], one['actor'])}{about}: {one['text']}"
    for one in answer["promotions"]:
        yield f"  in {one['environment']} since {one['at']}"
    if answer["next"]:
        yield f"  next: {', '.join(answer['next'])}"


def _called(text: str, names: dict[str, str]) -> str:
    for actor, name in names.items():
        text = text.replace(actor, name)
    return text


REVIEWING: dict[str, Callable[..., None]] = {
    "review": review,
    "comment": comment,
    "waive": waive,
    "waivers": waivers,
}
