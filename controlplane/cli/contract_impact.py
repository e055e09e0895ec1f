"""`controlplane contracts impact`: what a change would break, asked of a server."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import msgspec
import typer

from controlplane.cli.contract_checking import As, Form, Format, files_of
from controlplane.cli.reaching import FAILED, AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json

if TYPE_CHECKING:
    import httpx

    from controlplane.cli.contract_checking import Language
    from controlplane.cli.contract_files import Filed
    from controlplane.cli.contract_impact_told import Looked

_MISSING = 404


def impact(  # noqa: PLR0913 - one flag, one argument
    names: Annotated[
        list[str], typer.Argument(help="Documents, folders of them, or registered subjects.")
    ],
    *,
    subject: Annotated[
        str | None, typer.Option("--subject", help="Of a document without a contract.yaml.")
    ] = None,
    version: Annotated[
        str | None, typer.Option("--version", help="Of a subject: default the highest. Else: as.")
    ] = None,
    against: Annotated[
        str | None, typer.Option("--against", help="A version; default what is published.")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option("--days", min=1, help="Try it on the events of the last days, too."),
    ] = None,
    as_: As = None,
    format_: Format = Form.TEXT,
    everything: Annotated[
        bool, typer.Option("--all", help="Tell whoever reads the contract, touched or not.")
    ] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """
    Tell who and what a changed contract would touch; exit 1 when it would break something.

    Consumers, rules, mappings, process models, SLAs, routes, and the running cases with their
    money. Of a folder, what is not registered yet is looked at. With --days also which of the
    events of the last days would be refused, by producer.
    """
    from controlplane.cli import contract_annotations, contract_impact_told

    with reaching(url, token) as client:
        asked = {"version": version, "against": against}
        given = {name: one for name, one in asked.items() if one is not None}
        looked = [one for name in names for one in _looked(client, name, subject, given, as_)]
        if days is not None:
            quiet = format_ is not Form.TEXT or as_json
            looked = [_on_events(client, one, days, quiet=quiet) for one in looked]
    form = Form.JSON if as_json else format_
    judged = [contract_impact_told.judged(one) for one in looked]
    if form is Form.JSON:
        print_json(contract_impact_told.plain(looked))
    elif form is Form.SARIF:
        print_json(contract_annotations.sarif(judged))
    elif form is Form.GITHUB:
        for line in contract_annotations.github(judged):
            typer.echo(line)
    else:
        for line in contract_impact_told.lines(looked, everything=everything):
            typer.echo(line)
    if any(contract_impact_told.breaks(one) for one in looked):
        raise typer.Exit(FAILED)


def _looked(
    client: "httpx.Client",
    name: str,
    subject: str | None,
    given: dict[str, str],
    as_: "Language | None",
) -> "Iterator[Looked]":
    path = Path(name)
    if not path.exists():
        yield _registered(client, name, given)
        return
    for filed in files_of(path, as_):
        whose = subject or filed.subject
        if not whose and path.is_file():
            raise typer.BadParameter(f"no contract.yaml says whose {name} is; name its --subject")
        if whose:
            yield from _tried(client, filed, whose, given, alone=path.is_file())


def _registered(client: "httpx.Client", subject: str, given: dict[str, str]) -> "Looked":
    from controlplane.cli.contract_files import Filed
    from controlplane.cli.contract_impact_told import Looked

    detail = answer_of(client.get(f"/v1/contracts/{quote(subject)}"))
    highest = detail["versions"][0]["version"] if detail["versions"] else ""
    version = given.get("version", highest)
    if not version:
        raise typer.BadParameter(f"{subject} has no version yet", param_hint="NAMES")
    against = {name: one for name, one in given.items() if name == "against"}
    path = f"/v1/contracts/{quote(subject)}/versions/{quote(version)}/impact"
    found = answer_of(client.get(path, params=against))
    filed = Filed(name=f"{subject}@{version}", file=subject, format=detail["format"])
    return Looked(filed=filed, impact=found)


def _tried(
    client: "httpx.Client", filed: "Filed", subject: str, given: dict[str, str], *, alone: bool
) -> "Iterator[Looked]":
    """Yield what *filed* would touch; of a folder, what is registered as it stands does nothing."""
    from controlplane.cli.contract_files import media_type
    from controlplane.cli.contract_impact_told import Looked

    stands = client.get(f"/v1/contracts/{quote(subject)}")
    if stands.status_code == _MISSING and not alone:
        return  # nobody can read what is not registered
    digests = {one["digest"] for one in answer_of(stands)["versions"]}
    if not alone and hashlib.sha256(filed.content).hexdigest() in digests:
        return
    version = {"version": filed.version} if filed.version else {}
    answer = client.post(
        f"/v1/contracts/{quote(subject)}/impact",
        content=filed.content,
        params={**version, **given},
        headers={"Content-Type": media_type(filed.file, filed.content)},
    )
    yield Looked(filed=msgspec.structs.replace(filed, name=subject), impact=answer_of(answer))


def _on_events(client: "httpx.Client", looked: "Looked", days: int, *, quiet: bool) -> "Looked":
    from controlplane.cli.backtesting import looked_at
    from controlplane.cli.contract_files import media_type

    subject, version = (quote(looked.impact[name]) for name in ("subject", "version"))
    filed, asked = looked.filed, {"days": days}
    if filed.content:
        begun = client.post(
            f"/v1/contracts/{subject}/trial",
            content=filed.content,
            params={**asked, "version": version},
            headers={"Content-Type": media_type(filed.file, filed.content)},
        )
    else:
        path = f"/v1/contracts/{subject}/versions/{version}/trial"
        begun = client.post(path, params=asked)
    path = f"/v1/trials/{answer_of(begun)['id']}"
    trial = looked_at(client, path, "entries of the log", quiet=quiet, wait=True)
    return msgspec.structs.replace(looked, trial=trial)


IMPACT: dict[str, Callable[..., None]] = {"impact": impact}
