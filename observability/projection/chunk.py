"""Long lists of keys are asked for in pieces that every database takes."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import BinaryExpression, BindParameter, Boolean, ColumnElement, bindparam, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

CHUNK = 400
_T = TypeVar("_T")


def chunked(items: Iterable[_T], size: int = CHUNK) -> Iterator[list[_T]]:
    """Yield *items* in lists of at most *size*."""
    iterator = iter(items)
    while piece := list(islice(iterator, size)):
        yield piece


def among(*columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """
    Return whether *columns* are, together, one of the parameter `keys`.

    A statement with it is built once: to build one takes as long as to run it.
    """
    keys: BindParameter[Any] = bindparam("keys", expanding=True)
    return one_of(columns, keys) if len(columns) > 1 else columns[0].in_(keys)


def one_of(columns: Sequence[ColumnElement[Any]], keys: Any) -> ColumnElement[bool]:
    """Return whether *columns* are, together, one of *keys*, which are looked up by an index."""
    return _OneOf(tuple_(*columns).in_(keys))


class _OneOf(FunctionElement[bool]):
    """SQLite looks rows of a subquery up by an index, and reads a table through for plain rows."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_OneOf":  # noqa: ARG002 (SQLAlchemy's signature)
        """Return it as it is: held against 1, as other truths are, it finds no index."""
        return self


@compiles(_OneOf)
def _plain(element: _OneOf, compiler: SQLCompiler, **_: Any) -> str:
    (test,) = element.clauses
    return compiler.process(test)


@compiles(_OneOf, "sqlite")
def _by_subquery(element: _OneOf, compiler: SQLCompiler, **_: Any) -> str:
    (test,) = element.clauses
    if not isinstance(test, BinaryExpression):  # a test with its own brackets
        raise TypeError(f"{test!r} is no test of membership")
    left, right = compiler.process(test.left), compiler.process(test.right)
    return f"{left} IN (SELECT * FROM {right})"  # noqa: S608 - no value is in it
