"""A figure is a ratio to a limit that was measured in the same run, beside its goal."""

import statistics
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
from rich.console import Console
from rich.table import Table

RUNS = 5


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """`measured` and `limit` are medians in `unit`; `ratio` is the median of the runs' ratios."""

    goal: int | None
    name: str
    unit: str
    measured: float
    limit: float
    against: str
    ratio: float
    wanted: float | None = None
    sense: Literal["at least", "at most"] = "at least"

    @property
    def reached(self) -> bool | None:
        if self.wanted is None:
            return None
        return self.ratio >= self.wanted if self.sense == "at least" else self.ratio <= self.wanted


def compare(  # noqa: PLR0913 - a row of the table
    run: Callable[[], tuple[float, float]],
    *,
    goal: int | None,
    name: str,
    unit: str,
    against: str,
    runs: int = RUNS,
    wanted: float | None = None,
    sense: Literal["at least", "at most"] = "at least",
) -> Figure:
    """Return the figure of *runs* runs; each gives (measured, limit)."""
    pairs = [run() for _ in range(runs)]
    return Figure(
        goal=goal,
        name=name,
        unit=unit,
        measured=statistics.median(measured for measured, _ in pairs),
        limit=statistics.median(limit for _, limit in pairs),
        against=against,
        ratio=statistics.median(measured / limit for measured, limit in pairs),
        wanted=wanted,
        sense=sense,
    )


def show(found: Sequence[Figure]) -> None:
    table = Table("goal", "figure", "measured", "limit, same run", "ratio", "wanted")
    for one in found:
        number = str(one.goal or "")
        wanted = "" if one.wanted is None else f"{one.sense} {one.wanted:.2f}"
        mark = {True: "yes", False: "no", None: ""}[one.reached]
        table.add_row(
            number,
            one.name,
            f"{one.measured:,.6g} {one.unit}",
            f"{one.limit:,.6g} {one.against}",
            f"{one.ratio:.2f}",
            f"{wanted} {mark}".strip(),
        )
    console = Console()
    Console(width=console.width if console.is_terminal else 150).print(table)
