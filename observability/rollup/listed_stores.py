"""Many rows as one text: it is compared at once, and read only where it is new."""

from typing import Any

from sqlalchemy import ColumnElement, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class listed(FunctionElement[str]):  # noqa: N801 - reads as a function of the database
    """A JSON array of the rows, each an array of the columns given."""

    type = Text()
    inherit_cache = True

    def __init__(self, *columns: ColumnElement[Any]) -> None:
        super().__init__(*columns)


@compiles(listed)
def _aggregated(element: listed, compiler: SQLCompiler, **_: Any) -> str:
    row = f"json_build_array({compiler.process(element.clauses)})"
    return f"coalesce(CAST(json_agg({row}) AS TEXT), '[]')"


@compiles(listed, "sqlite")
def _grouped(element: listed, compiler: SQLCompiler, **_: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses)}))"
