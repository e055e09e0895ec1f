"""`controlplane contracts register|export|list|show`: the catalogue, from files and to them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from controlplane.cli.contract_checking import As
from controlplane.cli.reaching import FAILED, AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import paper, print_json

if TYPE_CHECKING:
    import httpx

    from controlplane.cli.contract_tree import Tree

_BLOCKING = frozenset({"error", "breaking", "not_evaluated"})


def register(  # noqa: PLR0913 - one flag, one argument
    path: Annotated[Path, typer.Argument(help="A document, or a folder as `export` writes it.")],
    *,
    subject: Annotated[
        str | None, typer.Option("--subject", help="Of a document without a contract.yaml.")
    ] = None,
    version: Annotated[
        str | None, typer.Option("--version", help="The document's own, else the next, when left.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="A commit, a branch or a tag of the checkout.")
    ] = None,
    plan_only: Annotated[
        bool, typer.Option("--plan", help="Say what would be done, and do nothing.")
    ] = False,
    as_: As = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """
    Draft versions on the server; exit 1 when one of them could not be published.

    Of a folder the plan is told first: what is registered already stays as it is, and a version
    that stands with other bytes stops it all. A contract.yaml beside a version says subject and
    owner, as in a pack.
    """
    from controlplane.cli.contract_exchange import draft
    from controlplane.cli.contract_exchange import register as send
    from controlplane.cli.contract_files import CONTRACT, FilesError, contract_file

    if not path.exists():
        raise typer.BadParameter(f"there is no {path}", param_hint="PATH")
    folder = path if path.is_dir() else path.parent
    tree = _tree(folder, at) if subject is None else {}
    if subject is None and (
        not any(name.endswith(CONTRACT) for name in tree)
        or (path.is_file() and CONTRACT not in tree)
    ):
        raise typer.BadParameter(
            f"no {CONTRACT} says whose document this is; name its --subject", param_hint="PATH"
        )
    try:
        with reaching(url, token) as client:
            if subject is not None:
                document = contract_file(path.as_posix(), path.read_bytes(), as_)
                drafted = [draft(client, subject, document, version)]
            else:
                only = path.name if path.is_file() else None
                _plan(client, tree, only, ends=plan_only, as_json=as_json)
                drafted = list(send(client, tree, only))
    except FilesError as error:
        raise typer.BadParameter(str(error), param_hint="PATH") from error
    _tell_drafted(drafted, as_json=as_json)


def _tree(folder: Path, at: str | None) -> "Tree":
    from controlplane.cli.contract_tree import TreeError, tree_at, tree_of

    try:
        return tree_of(folder) if at is None else tree_at(folder, at)
    except TreeError as error:
        raise typer.BadParameter(str(error), param_hint="--at") from error


def _plan(
    client: "httpx.Client", tree: "Tree", only: str | None, *, ends: bool, as_json: bool
) -> None:
    """Tell what would be done; stop where that is all, or where a version says something else."""
    from controlplane.cli.contract_exchange import plan

    planned = list(plan(client, tree, only))
    stopped = [one for one in planned if one.plan == "differs"]
    if as_json and (ends or stopped):
        print_json({"plan": planned})
    elif not as_json:
        for one in planned:
            new = " of a new contract" if one.contract == "new" else ""
            said = {"new": f"to be drafted{new}", "stands": f"stands, {one.status}"}
            differs = f"stands with other bytes, {one.status}: give the change a number of its own"
            typer.echo(f"{one.subject} {one.version}  {said.get(one.plan, differs)}")
        fresh = sum(one.plan == "new" for one in planned)
        typer.echo(f"plan: {fresh} of {len(planned)} versions to be drafted")
    if stopped:
        raise typer.Exit(FAILED)
    if ends:
        raise typer.Exit


def export(  # noqa: PLR0913 - one flag, one argument
    folder: Annotated[Path, typer.Argument(help="Where each subject becomes a folder.")],
    *,
    subject: Annotated[
        list[str] | None, typer.Option("--subject", help="Only this one; may be given again.")
    ] = None,
    unpublished: Annotated[
        bool, typer.Option("--unpublished", help="Drafts and what is under review, too.")
    ] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Write contracts as files: contract.yaml and the exact bytes of each version."""
    from controlplane.cli.contract_exchange import export as write

    with reaching(url, token) as client:
        files = [
            one.as_posix() for one in write(client, folder, subject or [], unpublished=unpublished)
        ]
    if as_json:
        print_json({"files": files})
    else:
        typer.echo(f"{len(files)} files in {folder}")


def list_(  # noqa: PLR0913 - one flag, one argument
    *,
    owner: Annotated[str | None, typer.Option("--owner", help="Of this team.")] = None,
    domain: Annotated[str | None, typer.Option("--domain", help="Of this domain.")] = None,
    status: Annotated[
        str | None, typer.Option("--status", help="A lifecycle, or none: without a version.")
    ] = None,
    text: Annotated[str | None, typer.Option("--q", help="With these letters.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List the contracts of the catalogue by subject."""
    from controlplane.cli.contract_exchange import catalogue

    asked = {"owner": owner, "domain": domain, "status": status, "q": text}
    with reaching(url, token) as client:
        items = list(catalogue(client, {name: one for name, one in asked.items() if one}))
    if as_json:
        print_json({"items": items})
        return
    table = Table("subject", "format", "version", "status", "owner", "domain", "read by")
    for one in items:
        readers = str(one["consumer_count"]) if one["consumer_count"] else ""
        table.add_row(
            one["subject"],
            one["format"],
            one["version"] or "",
            one["status"] or "no version",
            one["owner"],
            one["domain"],
            readers,
        )
    paper().print(table)
    typer.echo(f"{len(items)} {'contract' if len(items) == 1 else 'contracts'}")


def show(
    subject: Annotated[str, typer.Argument(help="The contract's subject.")],
    *,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show one contract: whose it is, its versions, who reads it."""
    with reaching(url, token) as client:
        found = answer_of(client.get(f"/v1/contracts/{subject}"))
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found['subject']}  {found['title']}")
    about = (
        f"{found['kind']} in {found['format']}",
        f"owned by {found['owner']} ({found['domain']})",
        f"system {found['system']}" if found["system"] else "",
        found["classification"],
        f"{found['criticality']} criticality",
        f"versions are held {found['compatibility'].replace('_', ' ')} compatible"
        if found["compatibility"] != "none"
        else "versions are not compared",
    )
    typer.echo("; ".join(one for one in about if one))
    table = Table("version", "status", "since", "by", "findings")
    for one in found["versions"]:
        since = (one["published_at"] or one["created_at"])[:10]
        row = (one["version"], one["lifecycle"], since, one["created_by"], _counted(one))
        table.add_row(*row)
    paper().print(table)
    for one in found["consumers"]:
        contact = f", {one['contact']}" if one["contact"] else ""
        typer.echo(f"read by {one['system']} ({one['versions']}{contact})")


def _tell_drafted(drafted: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json({"items": drafted})
    for one in drafted if not as_json else ():
        typer.echo(f"{one['subject']} {one['version']}  {one['lifecycle']}  {_counted(one)}")
        for found in one["findings"]:
            if found["level"] in _BLOCKING:
                typer.echo(
                    f"  {found['level']}: {found['path'] or found['pointer']} {found['message']}"
                )
    if any(found["level"] in _BLOCKING for one in drafted for found in one["findings"]):
        raise typer.Exit(FAILED)


def _counted(version: dict[str, Any]) -> str:
    levels = [one["level"] for one in version["findings"]]
    order = ("error", "breaking", "not_evaluated", "warning", "info")
    counts = [f"{levels.count(one)} {one.replace('_', ' ')}" for one in order if one in levels]
    return ", ".join(counts) or "no findings"


CATALOGUE: dict[str, Callable[..., None]] = {
    "register": register,
    "export": export,
    "list": list_,
    "show": show,
}
