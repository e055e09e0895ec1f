"""
What stands, as SQLite reads it from one index and not row by row.

Without knowing how many there are it would look rows up by any column that is asked for.
"""

from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from governance.tables import process_exception

STANDS = process_exception.c.stake.is_not(None)


class Unsought(FunctionElement[str]):
    """A column that SQLite looks no rows up by."""

    type = Text()
    inherit_cache = True


@compiles(Unsought)
def _as_it_is(element: Unsought, compiler: SQLCompiler, **_: Any) -> str:
    return compiler.process(element.clauses)


@compiles(Unsought, "sqlite")
def _by_no_index(element: Unsought, compiler: SQLCompiler, **_: Any) -> str:
    return f"+{compiler.process(element.clauses)}"
