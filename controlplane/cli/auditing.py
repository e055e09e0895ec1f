"""`controlplane audit`: check the ledger yourself, without taking the server's word for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import typer
from rich.progress import Progress

from controlplane.cli.reaching import FAILED, AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json
from governance.ledger.audit import Audit, audit, leaf_of
from governance.ledger.checkpoint import (
    Checkpoint,
    CheckpointError,
    VerifierKey,
    notes_of,
    open_note,
)
from governance.ledger.entry import Sealed
from governance.ledger.merkle import included

app = typer.Typer(help="Read, keep and check what the ledger says.", no_args_is_help=True)
_PAGE = 500

Kept = Annotated[
    Path | None,
    typer.Option(
        "--checkpoints", exists=True, dir_okay=False, help="Checkpoints that you kept elsewhere."
    ),
]
Key = Annotated[
    str | None,
    typer.Option("--key", help="The key that signed them; the server's own word by default."),
]


@app.command()
def verify(
    *,
    checkpoints: Kept = None,
    key: Key = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """
    Read every entry and compute its hash, the chain and the tree anew; exit 1 on a break.

    Against checkpoints that you kept elsewhere it also tells a ledger that was cut short or
    written anew as a whole.
    """
    with reaching(url, token) as client:
        given = answer_of(client.get("/v1/audit/checkpoints", params={"limit": _PAGE}))
        text = checkpoints.read_bytes() if checkpoints else "\n".join(_texts(given)).encode()
        known = _opened(text, key or given["key"])
        with Progress(disable=as_json, transient=True) as progress:
            task = progress.add_task("Entries", total=max((one.size for one in known), default=0))
            done = audit(_entries(client, lambda: progress.advance(task)), known)
    if as_json:
        print_json(msgspec.to_builtins(done) | {"holds": done.holds})
    else:
        typer.echo(_told(done, own=checkpoints is not None))
    if not done.holds:
        raise typer.Exit(FAILED)


@app.command("checkpoints")
def show_checkpoints(
    *,
    out: Annotated[
        Path | None, typer.Option("--out", dir_okay=False, help="Write them to this file.")
    ] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Print the newest 500 signed checkpoints, the oldest of them first: keep them elsewhere."""
    with reaching(url, token) as client:
        given = answer_of(client.get("/v1/audit/checkpoints", params={"limit": _PAGE}))
    if as_json:
        print_json(given)
        return
    text = "\n".join(_texts(given))
    if out is None:
        typer.echo(text)
        return
    out.write_text(f"{text}\n")
    typer.echo(f"{len(given['items'])} checkpoint(s) kept in {out}, signed by {given['key']}")


@app.command("key")
def show_key(*, url: Url = None, token: Token = None) -> None:
    """Print the key that verifies checkpoints; keep it where you keep them."""
    with reaching(url, token) as client:
        typer.echo(answer_of(client.get("/v1/audit/checkpoints", params={"limit": 1}))["key"])


@app.command()
def prove(
    number: Annotated[int, typer.Argument(min=1, help="The number of the entry.")],
    *,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Prove that one entry stands in the ledger, by a short path to the root over all."""
    with reaching(url, token) as client:
        proof = answer_of(client.get(f"/v1/audit/entries/{number}/proof"))
    entry = msgspec.convert(proof["entry"], Sealed)
    path = [bytes.fromhex(one) for one in proof["path"]]
    root = bytes.fromhex(proof["root"])
    holds = entry.hash == entry.digest and included(
        leaf_of(entry.hash), number - 1, proof["size"], path, root
    )
    if as_json:
        print_json(proof | {"holds": holds})
    else:
        stands = "stands" if holds else "does NOT stand"
        typer.echo(f"Entry {number}: {entry.action} of {entry.subject} by {entry.actor}")
        typer.echo(f"{stands} among {proof['size']:,} entries, {len(path)} steps to {root.hex()}")
    if not holds:
        raise typer.Exit(FAILED)


def _entries(client: httpx.Client, advance: Any) -> Iterator[Sealed]:
    after = 0
    while True:
        params = {"after": after, "limit": _PAGE}
        page = answer_of(client.get("/v1/audit/entries", params=params))
        for one in page:
            advance()
            yield msgspec.convert(one, Sealed)
        if len(page) < _PAGE:
            return
        after = page[-1]["number"]


def _texts(given: dict[str, Any]) -> list[str]:
    return [one["note"] for one in reversed(given["items"])]


def _opened(text: bytes, key: str) -> list[Checkpoint]:
    try:
        notes = notes_of(text.decode())
        verifier = VerifierKey.read(key) if notes else None
        return [open_note(note, verifier) for note in notes if verifier]
    except (CheckpointError, UnicodeDecodeError) as error:
        typer.echo(f"The checkpoints: {error}", err=True)
        raise typer.Exit(FAILED) from error


def _told(done: Audit, *, own: bool) -> str:
    if done.broken:
        return f"The ledger does NOT hold at entry {done.broken.number}: {done.broken.because}."
    if not done.checkpoints:
        told = "no checkpoint has seen them yet, so that only their chain was checked"
        return f"The ledger holds: {done.entries:,} entries; {told}.\nroot {done.root}"
    whose = "that you kept" if own else "of the server (keep one elsewhere)"
    return (
        f"The ledger holds: {done.entries:,} entries, the first {done.sealed:,} as "
        f"{done.checkpoints} checkpoint(s) {whose} have seen them.\nroot {done.root}"
    )
