"""How client commands reach the server, and what they say when they do not."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import httpx
import typer

from controlplane.pack.read import PackedDocument

FAILED = 1
USAGE = 2
UNREACHABLE = 3
_TIMEOUT_SECONDS = 120.0
_ERRORS_SHOWN = 10

Url = Annotated[
    str | None,
    typer.Option(
        "--url", envvar="CONTROLPLANE_URL", help="The server; default http://127.0.0.1:PORT."
    ),
]
Token = Annotated[
    str | None, typer.Option("--token", envvar="CONTROLPLANE_TOKEN", help="An API key.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


class AnswerError(RuntimeError):
    """The server refused; the message is what it said, *errors* what is wrong where."""

    def __init__(self, message: str, errors: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(message)
        self.errors = errors


@contextmanager
def reaching(url: str | None, token: str | None) -> Iterator[httpx.Client]:
    """Yield a client of the server; exit 3 when it cannot be reached, 1 when it refuses."""
    port = os.environ.get("CONTROLPLANE_PORT", "8000")
    client = httpx.Client(
        base_url=url or f"http://127.0.0.1:{port}",
        headers={"Authorization": f"Bearer {token}"} if token else {},
        timeout=_TIMEOUT_SECONDS,
        trust_env=False,
    )
    with client:
        try:
            yield client
        except httpx.TransportError as error:
            typer.echo(
                f"{client.base_url} cannot be reached ({type(error).__name__}). Start it with "
                "`controlplane serve` or `make run`, or name another with --url.",
                err=True,
            )
            raise typer.Exit(UNREACHABLE) from error
        except AnswerError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(FAILED) from error


def answer_of(response: httpx.Response) -> Any:
    """Return the JSON of *response*; raise `AnswerError` with its problem when it is an error."""
    if response.is_success:
        return response.json()
    try:
        problem = response.json()
    except ValueError:
        problem = {"title": response.reason_phrase, "detail": response.text[:500]}
    detail = str(problem.get("detail", ""))
    lines = [f"{response.status_code} {problem.get('title', '')}: {detail}"]
    errors = problem.get("errors", [])
    lines += [
        f"  {error.get('pointer', '')}: {error.get('detail', '')}"
        for error in errors[:_ERRORS_SHOWN]
        if str(error.get("detail", "")) not in detail  # said once
    ]
    raise AnswerError("\n".join(lines), errors)


def answer_about(document: PackedDocument, response: httpx.Response) -> Any:
    """Return the JSON of *response*; what is wrong with *document* is named by its file's line."""
    try:
        return answer_of(response)
    except AnswerError as error:
        placed = [one for one in error.errors if one.get("line")]
        if not placed:
            raise AnswerError(f"{document.place(1)[0]}: {error}") from error
        lines = (
            f"{file}:{line}: {one.get('detail', '')}"
            for one in placed
            for file, line in [document.place(one["line"])]
        )
        raise AnswerError("\n".join(lines)) from error
