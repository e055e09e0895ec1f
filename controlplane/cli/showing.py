"""Long work shows a bar on a terminal and plain lines elsewhere; JSON stands alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

Told = Callable[[int, int | None], None]
"""Called with (done, to do); None while nobody knows how much there is."""
_LINES = 10
_EVERY = 5_000
_WIDE = 200


@contextmanager
def showing(what: str, *, quiet: bool = False) -> Iterator[Told]:
    """Yield what is to be called as the work goes on."""
    console = Console(stderr=True)
    if quiet:
        yield lambda _done, _total: None
    elif console.is_terminal:
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            task = progress.add_task(what, total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)
    else:
        yield _Lines(what)


class _Lines:
    def __init__(self, what: str) -> None:
        self._what = what
        self._said = 0

    def __call__(self, done: int, total: int | None) -> None:
        part = done // _EVERY if total is None else done * _LINES // max(total, 1)
        if part > self._said:
            self._said = part
            of = "" if total is None else f" of {total}"
            typer.echo(f"{self._what}: {done}{of}", err=True)


def paper() -> Console:
    """Return what tables are printed on: as wide as the terminal; wide where there is none."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDE)


def print_rows(headings: Iterable[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(*headings, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    paper().print(table)


def print_json(value: Any) -> None:
    typer.echo(msgspec.json.encode(value).decode())
