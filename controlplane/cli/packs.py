"""`controlplane pack`: bundles of contracts, models, calendars, promises and rules."""

from pathlib import Path
from typing import Annotated

import typer

from controlplane.cli.reaching import FAILED, USAGE, AsJson, Token, Url, reaching
from controlplane.cli.showing import print_json, showing
from controlplane.pack.check import check as problems_of
from controlplane.pack.install import InstallError
from controlplane.pack.install import install as send
from controlplane.pack.read import Pack, PackError, read_pack
from controlplane.pack.shipped import shipped, shipped_folder

app = typer.Typer(help="Install, check and list packs.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="A pack's folder, or the name of a shipped pack.")]


@app.command()
def install(
    folder: Folder, *, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Send every part of a pack to the server; what stands already stays."""
    pack = _read(folder)
    with reaching(url, token) as client, showing(pack.head.pack, quiet=as_json) as told:
        try:
            made = send(pack, client, lambda done, total, _what: told(done, total))
        except InstallError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(FAILED) from error
    if as_json:
        print_json({"pack": pack.head.pack, "version": pack.head.version, "requests": made})
    else:
        typer.echo(f"{pack.head.pack} {pack.head.version} is installed ({made} requests)")


@app.command()
def check(folder: Folder, *, as_json: AsJson = False) -> None:
    """Read, type and test a pack without a server; exit 1 when something is wrong."""
    found = problems_of(_read(folder))
    if as_json:
        print_json({"problems": found})
    else:
        for one in found:
            place = f"{one.pointer}:{one.line}" if one.line else one.pointer
            typer.echo(f"{place}: {one.detail}")
        typer.echo("nothing is wrong" if not found else f"{len(found)} problems")
    if found:
        raise typer.Exit(FAILED)


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List the packs that come with the program."""
    heads = [pack.head for pack in shipped()]
    if as_json:
        print_json({"items": heads})
        return
    for head in heads:
        typer.echo(f"{head.pack} {head.version}  {head.title}")


def _read(folder: Path) -> Pack:
    known = shipped_folder(str(folder)) if not folder.exists() else None
    try:
        return read_pack(known or folder)
    except PackError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from error
