"""The figures of a case: the money chain, and the balances between its steps."""

from collections.abc import Iterable, Mapping

import msgspec

from observability.model.model import Figure
from rules.money import Money


class CaseFigure(msgspec.Struct, frozen=True, kw_only=True):
    """`amounts` has one sum a currency; none when nothing was reported."""

    name: str
    title: str
    amounts: list[Money]


def case_figure(figure: Figure, money: Mapping[str, list[Money]]) -> CaseFigure:
    title = figure.title or figure.name.replace("_", " ").capitalize()
    return CaseFigure(name=figure.name, title=title, amounts=money.get(figure.name, []))


def case_figures(figures: Iterable[Figure], money: Mapping[str, list[Money]]) -> list[CaseFigure]:
    return [case_figure(one, money) for one in figures]
