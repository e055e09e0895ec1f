"""
The formula of a KPI: `(invoiced - credited) / worked * 100`.

A measure by its bare name is what it came to in the window, or what stands at its end when it is
one that stands until something is said. `ever` is all of it up to then, `count` how many, `mean`,
`median` and `p90` are days of a duration, `age` the mean days for which what is open has stood,
weighted by its amount, `stale` what has stood for more than 90 days. `days` is how long the window
is. `countback(invoiced, paid)` is for how many days what is invoiced and not paid goes back, by
calendar months.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, DivisionByZero, InvalidOperation, localcontext
from functools import lru_cache
from operator import add, mul, sub, truediv
from typing import Literal, NamedTuple, cast

Reading = Literal["sum", "ever", "count", "mean", "median", "p90", "age", "stale", "countback"]
READINGS = ("ever", "count", "mean", "median", "p90", "age", "stale", "countback")
DAYS = "days"
COUNTBACK = "countback"
_ARITHMETIC: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: add,
    ast.Sub: sub,
    ast.Mult: mul,
    ast.Div: truediv,
}
_TOOLS = {"min": min, "max": max}
_DIGITS = 34


class KpiFormulaError(ValueError):
    """A text that is no arithmetic over measures."""


class Term(NamedTuple):
    """How a formula reads one measure; a count-back, what is paid `off` it as well."""

    reading: Reading
    measure: str
    off: tuple[str, ...] = ()

    def __str__(self) -> str:
        named = ", ".join((self.measure, *self.off))
        return named if self.reading == "sum" else f"{self.reading}({named})"


_Worked = Callable[[Mapping[Term, Decimal], Decimal], Decimal]


def terms(formula: str) -> tuple[Term, ...]:
    """Return what *formula* reads, each once; raise `KpiFormulaError`."""
    return tuple(dict.fromkeys(_terms(_read(formula))))


@lru_cache(maxsize=1024)
def divisors(formula: str) -> tuple[Term, ...]:
    """Return what *formula* reads to divide by."""
    divided = (node for node in ast.walk(_read(formula)) if isinstance(node, ast.BinOp))
    by = (_terms(node.right) for node in divided if isinstance(node.op, ast.Div))
    return tuple(dict.fromkeys(one for those in by for one in those))


def work_out(formula: str, values: Mapping[Term, Decimal], *, days: int) -> Decimal | None:
    """Return what *formula* makes of *values*; None where it would divide by nothing."""
    with localcontext() as context:
        context.prec = _DIGITS
        try:
            return _worked(formula)(values, Decimal(days))
        except (DivisionByZero, InvalidOperation):
            return None


@lru_cache(maxsize=1024)
def _worked(formula: str) -> _Worked:
    return _value(_read(formula))


@lru_cache(maxsize=1024)
def _read(formula: str) -> ast.expr:
    try:
        tree = ast.parse(formula, mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise KpiFormulaError(f"{formula!r} cannot be read") from error
    _check(tree)
    return tree


def _check(node: ast.expr) -> None:
    if isinstance(node, ast.Name) or _number(node) is not None or _term(node) is not None:
        return
    arithmetic = ast.Add | ast.Sub | ast.Mult | ast.Div
    if isinstance(node, ast.BinOp) and isinstance(node.op, arithmetic):
        _check(node.left)
        _check(node.right)
        return
    if isinstance(node, ast.Call) and _called(node) in _TOOLS and node.args and not node.keywords:
        for one in node.args:
            _check(one)
        return
    raise KpiFormulaError(
        f"{ast.unparse(node)!r} is no measure, number, arithmetic, min, max, {', '.join(READINGS)}"
    )


def _number(node: ast.expr) -> Decimal | None:
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        return Decimal(str(node.value))
    return None


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _term(node: ast.expr) -> Term | None:
    """Return the measure that *node* reads; None when it is another thing."""
    if isinstance(node, ast.Name) and node.id != DAYS:
        return Term("sum", node.id)
    if isinstance(node, ast.Call) and _called(node) in READINGS and not node.keywords:
        reading = cast("Reading", _called(node))
        named = [one.id for one in node.args if isinstance(one, ast.Name) and one.id != DAYS]
        several = reading == COUNTBACK and len(named) > 1
        if len(named) == len(node.args) and (several or (len(named) == 1 and reading != COUNTBACK)):
            return Term(reading, named[0], tuple(named[1:]))
    return None


def _terms(node: ast.expr) -> Iterator[Term]:
    term = _term(node)
    if term is not None:
        yield term
    elif isinstance(node, ast.BinOp):
        yield from _terms(node.left)
        yield from _terms(node.right)
    elif isinstance(node, ast.Call):
        for one in node.args:
            yield from _terms(one)


def _value(node: ast.expr) -> _Worked:
    """Return how *node* is worked out: a board asks that of a formula a dozen times."""
    term, number = _term(node), _number(node)
    if term is not None:
        return lambda values, _: values[term]
    if number is not None:
        return lambda _, __: number
    if isinstance(node, ast.BinOp):
        do, left, right = _ARITHMETIC[type(node.op)], _value(node.left), _value(node.right)
        return lambda values, days: do(left(values, days), right(values, days))
    if isinstance(node, ast.Call):
        tool, given = _TOOLS[_called(node)], [_value(one) for one in node.args]
        return lambda values, days: tool(one(values, days) for one in given)
    return lambda _, days: days
