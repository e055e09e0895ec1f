"""
An expression is a small part of Python's, read by Python's own parser and then whitelisted.

Nothing is ever executed: what is not in the tables below is refused, with its place.
"""

import ast
import difflib
import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from rules import syntax
from rules.decision import Value
from rules.derived.function import FUNCTIONS
from rules.document import DocumentError
from rules.instant import InstantError, parse_instant
from rules.money import MoneyError, decimal, money
from rules.syntax import Condition, Place, Term

AggregateFunction = Literal["sum", "count", "min", "max"]
MAX_CHARACTERS = 2_000
MAX_NODES = 400

_COMPARISONS: dict[type[ast.cmpop], syntax.Operator] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_ARITHMETIC: dict[type[ast.operator], Any] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
_ASSIGNS = re.compile(r"(?<![=<>!:])=(?!=)")
_ASKS = ("exists", "missing", "between")
_WORDS = {"true": True, "false": False}
_REFUSED = {
    ast.Div: "division is not exact; multiply the other side instead",
    ast.FloorDiv: "division is not exact; multiply the other side instead",
    ast.Mod: "remainders are not supported",
    ast.Pow: "powers are not supported; multiply instead",
}


def suggest(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean …?)` for the nearest known name, or nothing."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def read_condition(text: str, place: Place | None = None) -> Condition:
    """Return *text* as a condition; raise `DocumentError` at its line and column."""
    reader = _Reader(text, place or Place())
    return reader.condition(reader.tree())


def read_term(text: str, place: Place | None = None) -> Term:
    """Return *text* as a term; raise `DocumentError` at its line and column."""
    reader = _Reader(text, place or Place())
    return reader.term(reader.tree())


def read_formula(text: str, place: Place | None = None) -> Condition | Term:
    """Return *text* as a condition where it compares, and otherwise as a term."""
    reader = _Reader(text, place or Place())
    tree = reader.tree()
    compares = isinstance(tree, ast.Compare | ast.BoolOp) or (
        isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not)
    )
    asks = isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in _ASKS
    return reader.condition(tree) if compares or asks else reader.term(tree)


class _Reader:
    """Reads one expression; *start* is where its text begins in the document."""

    def __init__(self, text: str, start: Place) -> None:
        lead = len(text) - len(text.lstrip())
        self._text = " ".join(text.split("\n")).strip()
        self._start = start
        self._shift = start.column + lead if "\n" not in text.strip() else None

    def tree(self) -> ast.expr:
        if len(self._text) > MAX_CHARACTERS:
            raise self._error(f"an expression has at most {MAX_CHARACTERS} characters")
        try:
            tree = ast.parse(self._text, mode="eval")
        except SyntaxError as error:
            hint = "; compare with ==" if _ASSIGNS.search(self._text) else ""
            place = self._at(max((error.offset or 1) - 1, 0))
            message = f"{self._text!r} is no expression{hint}"
            raise DocumentError(message, line=place.line, column=place.column) from error
        except (ValueError, MemoryError, RecursionError) as error:
            raise self._error(f"this cannot be read: {error}") from error
        if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
            raise self._error(f"an expression has at most {MAX_NODES} parts")
        return tree.body

    def _at(self, offset: int) -> Place:
        """A text folded over lines keeps its line; its column is not known."""
        if not self._start.line or self._shift is None:
            return Place(line=self._start.line)
        return Place(line=self._start.line, column=self._shift + offset)

    def place(self, node: ast.expr) -> Place:
        before = self._text.encode()[: node.col_offset]
        return self._at(len(before.decode(errors="replace")))

    def _error(self, message: str, node: ast.expr | None = None) -> DocumentError:
        place = self.place(node) if node is not None else self._start
        return DocumentError(message, line=place.line, column=place.column)

    def condition(self, node: ast.expr) -> Condition:
        place = self.place(node)
        match node:
            case ast.BoolOp(op=ast.And()):
                return syntax.All(parts=tuple(map(self.condition, node.values)), place=place)
            case ast.BoolOp():
                return syntax.Some(parts=tuple(map(self.condition, node.values)), place=place)
            case ast.UnaryOp(op=ast.Not()):
                return syntax.Not(part=self.condition(node.operand), place=place)
            case ast.Compare():
                return self._comparisons(node)
            case ast.Call(func=ast.Name(id=word)) if word in _ASKS:
                return self._between(node) if word == "between" else self._presence(node)
            case ast.Attribute():
                yes = syntax.Literal(value=True, place=place)
                return syntax.Comparison(
                    operator="==", left=self.field(node), right=yes, place=place
                )
        raise self._error(
            f"{self._source(node)!r} is no condition; "
            'write a comparison such as t.status == "approved", or a boolean field',
            node,
        )

    def _source(self, node: ast.expr) -> str:
        return ast.get_source_segment(self._text, node) or self._text

    def _comparisons(self, node: ast.Compare) -> Condition:
        """`a < b < c` is `a < b and b < c`, as in Python."""
        found: list[Condition] = []
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            found.append(self._comparison(node, left, operator, right))
            left = right
        return found[0] if len(found) == 1 else syntax.All(parts=tuple(found))

    def _comparison(
        self, whole: ast.Compare, left: ast.expr, operator: ast.cmpop, right: ast.expr
    ) -> Condition:
        place = self.place(left)
        if isinstance(operator, ast.In | ast.NotIn):
            return self._membership(left, right, negated=isinstance(operator, ast.NotIn))
        known = _COMPARISONS.get(type(operator))
        if known is None:
            raise self._error("`is` compares objects of Python; compare values with ==", whole)
        return syntax.Comparison(
            operator=known, left=self.term(left), right=self.term(right), place=place
        )

    def _membership(self, left: ast.expr, right: ast.expr, *, negated: bool) -> Condition:
        place = self.place(left)
        element = self.term(left)
        if isinstance(right, ast.Attribute):
            collection = self.field(right)
            return syntax.Membership(
                element=element, collection=collection, negated=negated, place=place
            )
        if not isinstance(right, ast.List | ast.Tuple) or not right.elts:
            raise self._error('`in` takes a list such as ["open", "late"] or a list field', right)
        choices = tuple(
            syntax.Comparison(
                operator="!=" if negated else "==", left=element, right=self.term(one), place=place
            )
            for one in right.elts
        )
        if len(choices) == 1:
            return choices[0]
        if negated:
            return syntax.All(parts=choices, place=place)
        return syntax.Some(parts=choices, place=place)

    def _presence(self, node: ast.Call) -> Condition:
        present = self._source(node.func) == "exists"
        return syntax.Presence(field=self._argument(node), present=present, place=self.place(node))

    def _between(self, node: ast.Call) -> Condition:
        """`between(t.hours, 1, 8)` is `1 <= t.hours <= 8`."""
        if len(node.args) != 3 or node.keywords:  # noqa: PLR2004 - what, from, to
            raise self._error(
                "between() takes a value and two bounds, e.g. between(t.hours, 1, 8)", node
            )
        value, least, most = map(self.term, node.args)
        place = self.place(node)
        bounds = (
            syntax.Comparison(operator=">=", left=value, right=least, place=place),
            syntax.Comparison(operator="<=", left=value, right=most, place=place),
        )
        return syntax.All(parts=bounds, place=place)

    def _argument(self, node: ast.Call) -> syntax.Field:
        word = self._source(node.func)
        if len(node.args) == 1 and not node.keywords and isinstance(node.args[0], ast.Attribute):
            return self.field(node.args[0])
        raise self._error(f"{word}() takes one field, e.g. {word}(t.amount)", node)

    def field(self, node: ast.Attribute) -> syntax.Field:
        if not isinstance(node.value, ast.Name):
            raise self._error("a field is written name.field, e.g. t.amount", node)
        return syntax.Field(name=node.value.id, field=node.attr, place=self.place(node))

    def term(self, node: ast.expr) -> Term:
        match node:
            case ast.Attribute():
                return self.field(node)
            case ast.Constant():
                return self._literal(node, self._constant(node))
            case ast.UnaryOp(op=ast.USub()):
                return self._negative(node)
            case ast.BinOp():
                return self._arithmetic(node)
            case ast.Call():
                return self._call(node)
            case ast.Name() if node.id in _WORDS:
                return self._literal(node, _WORDS[node.id])
            case ast.Name():
                raise self._error(
                    f"{node.id!r} alone is no value; write a field as name.field "
                    f'or a text as "{node.id}"',
                    node,
                )
        raise self._error(f"{self._source(node)!r} is not allowed here", node)

    def _literal(self, node: ast.expr, value: Value) -> syntax.Literal:
        return syntax.Literal(value=value, place=self.place(node))

    def _constant(self, node: ast.Constant) -> Value:
        value = node.value
        if isinstance(value, bool | str | int):
            return value
        if isinstance(value, float):
            return self._made(node, lambda: decimal(self._source(node).replace("_", "")))
        raise self._error(f"{self._source(node)!r} is not allowed here", node)

    def _negative(self, node: ast.UnaryOp) -> Term:
        inner = self.term(node.operand)
        if isinstance(inner, syntax.Literal):
            value = inner.value
            if isinstance(value, int | Decimal | timedelta) and not isinstance(value, bool):
                return self._literal(node, -value)
        minus = self._literal(node, -1)
        return syntax.Arithmetic(operator="*", left=minus, right=inner, place=self.place(node))

    def _arithmetic(self, node: ast.BinOp) -> Term:
        operator = _ARITHMETIC.get(type(node.op))
        if operator is None:
            raise self._error(_REFUSED.get(type(node.op), "use + - *"), node)
        return syntax.Arithmetic(
            operator=operator,
            left=self.term(node.left),
            right=self.term(node.right),
            place=self.place(node),
        )

    def _call(self, node: ast.Call) -> Term:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "currency":
            return syntax.CurrencyOf(money=self._argument(node), place=self.place(node))
        if name in _AGGREGATES:
            return self._aggregate(node, _AGGREGATES[name])
        if name in FUNCTIONS:
            return self._function(node, name)
        make = _MAKERS.get(name)
        if make is None:
            known = [*_MAKERS, *FUNCTIONS, *_AGGREGATES, *_ASKS, "currency"]
            raise self._error(
                f"there is no function {self._source(node.func)!r}"
                f"{suggest(name, known)} known are {', '.join(sorted(known))}",
                node,
            )
        try:
            values = [ast.literal_eval(one) for one in node.args]
        except ValueError as error:
            raise self._error(f"{name}() takes literals only", node) from error
        if node.keywords:
            raise self._error(f"{name}() takes no names", node)
        return self._literal(node, self._made(node, lambda: make(*values)))

    def _function(self, node: ast.Call, name: str) -> Term:
        if node.keywords or not node.args:
            raise self._error(FUNCTIONS[name].usage, node)
        arguments = tuple(map(self.term, node.args))
        return syntax.Call(function=name, arguments=arguments, place=self.place(node))

    def _aggregate(self, node: ast.Call, function: AggregateFunction) -> Term:
        """`sum(… for t in timesheet if …)`, and after a comma what the sum begins with."""
        those = node.args[0] if node.args else None
        begins = len(node.args) == 2 and function == "sum"  # noqa: PLR2004 - those, and a start
        if (
            node.keywords
            or not isinstance(those, ast.GeneratorExp)
            or len(those.generators) != 1
            or not isinstance(those.generators[0].target, ast.Name)
            or (len(node.args) != 1 and not begins)
        ):
            raise self._error(
                f"write {function}() over facts, e.g. {_AGGREGATE_USAGE[function]}", node
            )
        each = those.generators[0]
        name = self._source(each.target)
        counted = isinstance(those.elt, ast.Name) and those.elt.id == name
        if counted != (function == "count"):
            raise self._error(f"write e.g. {_AGGREGATE_USAGE[function]}", node)
        return syntax.Aggregate(
            function=function,
            fact_type=self._fact_type(each.iter),
            name=name,
            value=None if counted else self.term(those.elt),
            where=tuple(map(self.condition, each.ifs)),
            start=self.term(node.args[1]) if begins else None,
            place=self.place(node),
        )

    def _fact_type(self, node: ast.expr) -> str:
        """The name of a fact type may hold hyphens, which Python reads as minus signs."""
        match node:
            case ast.Name():
                return node.id
            case ast.BinOp(op=ast.Sub()):
                return f"{self._fact_type(node.left)}-{self._fact_type(node.right)}"
        raise self._error(f"{self._source(node)!r} is no fact type", node)

    def _made(self, node: ast.expr, make: Callable[[], Value]) -> Value:
        try:
            return make()
        except (TypeError, ValueError, OverflowError, InstantError, MoneyError) as error:
            raise self._error(f"{self._source(node)!r}: {error}", node) from error


_AGGREGATES: dict[str, AggregateFunction] = {
    "sum": "sum",
    "count": "count",
    "min": "min",
    "max": "max",
}
_AGGREGATE_USAGE = {
    "sum": 'sum(t.amount for t in timesheet if t.status == "approved")',
    "count": "count(t for t in timesheet if t.billable)",
    "min": "min(t.work_date for t in timesheet)",
    "max": "max(t.work_date for t in timesheet)",
}


def _date(text: str) -> date:
    return date.fromisoformat(text)


def _whole(unit: timedelta) -> Callable[..., timedelta]:
    def make(count: int) -> timedelta:
        if not isinstance(count, int) or isinstance(count, bool):
            raise TypeError("a whole number is expected")
        return count * unit

    return make


_MAKERS: dict[str, Callable[..., Value]] = {
    "date": _date,
    "instant": parse_instant,
    "decimal": decimal,
    "money": money,
    "days": _whole(timedelta(days=1)),
    "hours": _whole(timedelta(hours=1)),
    "minutes": _whole(timedelta(minutes=1)),
    "seconds": _whole(timedelta(seconds=1)),
    "microseconds": _whole(timedelta(microseconds=1)),
}
