"""`controlplane pack`: bundles of contracts, models, calendars, promises and rules."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from msgspec.structs import asdict

from controlplane.cli.reaching import FAILED, USAGE, AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json, showing
from controlplane.pack.install import ChangedError, InstallError
from controlplane.pack.install import install as send
from controlplane.pack.read import Pack, PackError, PackHead, read_pack
from controlplane.pack.shipped import shipped, shipped_folder

app = typer.Typer(help="Install, check and list packs.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="A pack's folder, or the name of a shipped pack.")]


@app.command()
def install(
    folder: Folder, *, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """
    Send every part of a pack to the server; what stands already stays.

    Exit 1 when a part waits for somebody else, or, with nothing sent, when one says something
    else under a version that stands.
    """
    pack = _read(folder)
    with reaching(url, token) as client, showing(pack.head.pack, quiet=as_json) as told:
        try:
            made = send(pack, client, lambda done, total, _what: told(done, total))
        except (ChangedError, InstallError) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(FAILED) from error
    if as_json:
        print_json({"pack": pack.head.pack, "version": pack.head.version, **asdict(made)})
    else:
        typer.echo(f"{pack.head.pack} {pack.head.version} is installed ({made.requests} requests)")
        for one in made.waiting:
            typer.echo(f"not in force: {one}")
    if made.waiting:
        raise typer.Exit(FAILED)


@app.command()
def check(folder: Folder, *, as_json: AsJson = False) -> None:
    """Read, type and test a pack without a server; exit 1 when something is wrong."""
    from controlplane.pack.check import check as problems_of

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


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """`shipped` and `installed` are versions; null: does not come along, is not installed."""

    pack: str
    title: str
    shipped: str | None
    installed: str | None


@app.command(name="list")
def list_(*, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """List the packs that come with the program and those installed on the server."""
    with reaching(url, token) as client:
        answer = answer_of(client.get("/v1/packs"))
    installed = msgspec.convert(answer["items"], list[PackHead])
    listed = merge([pack.head for pack in shipped()], installed)
    if as_json:
        print_json({"items": listed})
        return
    for one in listed:
        standing = f"{one.installed} installed" if one.installed else "not installed"
        typer.echo(f"{one.pack}  {standing}, {one.shipped or 'none'} shipped  {one.title}")


def merge(shipped: Iterable[PackHead], installed: Iterable[PackHead]) -> list[Listed]:
    """Return every pack of the two, by name."""
    here, there = {one.pack: one for one in shipped}, {one.pack: one for one in installed}
    return [
        Listed(
            pack=name,
            title=head.title,
            shipped=here[name].version if name in here else None,
            installed=there[name].version if name in there else None,
        )
        for name, head in sorted({**here, **there}.items())
    ]


def _read(folder: Path) -> Pack:
    known = shipped_folder(str(folder)) if not folder.exists() else None
    if known is None and not (folder / "pack.yaml").is_file():
        names = ", ".join(pack.head.pack for pack in shipped())
        typer.echo(
            f"{folder} is neither a folder with a pack.yaml nor a pack that comes along ({names}).",
            err=True,
        )
        raise typer.Exit(USAGE)
    try:
        return read_pack(known or folder)
    except PackError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from error
