"""
A figure that follows from others: `max(contracted - recognised, 0)`.

Names of figures are added, subtracted, and taken the `min` or `max` of, currency by currency: a
figure that has nothing in a currency is zero there. Money is never multiplied here, nor mixed.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

from rules.money import Money, add, subtract

_TOOLS = {"min": min, "max": max}
_SEVERAL = 2


class FormulaError(ValueError):
    """A text that is no sum, difference, min or max of figures."""


def reads(formula: str) -> tuple[str, ...]:
    """Return the figures that *formula* reads, each once; raise `FormulaError`."""
    return tuple(dict.fromkeys(_names(_read(formula))))


def work_out(formula: str, figures: Mapping[str, Iterable[Money]]) -> list[Money]:
    """Return what *formula* makes of *figures*, one amount a currency that any of them has."""
    amounts = {
        name: {one.currency: one.amount for one in figures.get(name, ())} for name in reads(formula)
    }
    currencies = sorted({code for sums in amounts.values() for code in sums})
    tree = _read(formula)
    return [Money(amount=_value(tree, amounts, code), currency=code) for code in currencies]


@lru_cache(maxsize=1024)
def _read(formula: str) -> ast.expr:
    try:
        tree = ast.parse(formula, mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise FormulaError(f"{formula!r} cannot be read") from error
    _check(tree)
    return tree


def _check(node: ast.expr) -> None:
    if isinstance(node, ast.Name) or (isinstance(node, ast.Constant) and node.value == 0):
        return
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        _check(node.left)
        _check(node.right)
        return
    if isinstance(node, ast.Call) and _tool(node) and len(node.args) >= _SEVERAL:
        for one in node.args:
            _check(one)
        return
    raise FormulaError(f"{ast.unparse(node)!r} is no figure, 0, sum, difference, min or max")


def _tool(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id in _TOOLS and not node.keywords


def _names(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.BinOp):
        yield from _names(node.left)
        yield from _names(node.right)
    elif isinstance(node, ast.Call):
        for one in node.args:
            yield from _names(one)


def _value(node: ast.expr, amounts: Mapping[str, Mapping[str, Decimal]], code: str) -> Decimal:
    if isinstance(node, ast.Name):
        return amounts[node.id].get(code, Decimal(0))
    if isinstance(node, ast.BinOp):
        do = add if isinstance(node.op, ast.Add) else subtract
        return do(_value(node.left, amounts, code), _value(node.right, amounts, code))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _TOOLS[node.func.id](_value(one, amounts, code) for one in node.args)
    return Decimal(0)
