"""Event contracts in Avro: names, unions, defaults."""

from collections.abc import Callable, Iterator

from governance.contract.artifact import Artifact, ArtifactError, Json
from governance.contract.avro.reading import read_schema
from governance.contract.avro.schema import Schema
from governance.contract.finding import Finding

_INT, _LONG = 2**31, 2**63


def check_avro(artifact: Artifact) -> list[Finding]:
    """Return what is wrong with, or worth knowing about, an Avro schema."""
    try:
        schema = read_schema(artifact.data)
    except ArtifactError as error:
        return [_finding(artifact, "schema-invalid", "error", error.pointer, error.message)]
    found = [
        _finding(artifact, "default-invalid", "error", pointer, message)
        for pointer, message in _defaults(schema)
    ]
    if schema.kind != "record":
        message = "an event is a record: anything else cannot be added to later"
        found.append(_finding(artifact, "schema-not-a-record", "warning", "", message))
    return found


def _defaults(schema: Schema) -> Iterator[tuple[str, str]]:
    waiting, seen = [schema], {schema}
    while waiting:
        one = waiting.pop()
        for field in one.fields:
            if field.has_default and not fits(field.default, field.schema):
                message = f"the default of {field.name} is no {_first(field.schema).called}"
                yield f"{field.pointer}/default", message
        inner = [*(field.schema for field in one.fields), *one.branches]
        inner.extend([one.items] if one.items is not None else [])
        for below in inner:
            if below not in seen:
                seen.add(below)
                waiting.append(below)


def _first(schema: Schema) -> Schema:
    return schema.branches[0] if schema.branches else schema


def fits(value: Json, schema: Schema) -> bool:
    """Whether *value* is one of *schema* as a default writes it; of a union, of any branch."""
    if schema.kind == "union":
        return any(fits(value, branch) for branch in schema.branches)
    if schema.kind == "record":
        return isinstance(value, dict) and all(
            field.has_default if field.name not in value else fits(value[field.name], field.schema)
            for field in schema.fields
        )
    if schema.items is not None:
        inside = value if schema.kind == "array" else getattr(value, "values", list)()
        right = isinstance(value, list if schema.kind == "array" else dict)
        return right and all(fits(one, schema.items) for one in inside)
    return _SCALARS[schema.kind](value, schema)


_SCALARS: dict[str, Callable[[Json, Schema], bool]] = {
    "null": lambda value, _: value is None,
    "boolean": lambda value, _: isinstance(value, bool),
    "int": lambda value, _: _whole(value, _INT),
    "long": lambda value, _: _whole(value, _LONG),
    "float": lambda value, _: isinstance(value, int | float) and not isinstance(value, bool),
    "double": lambda value, _: isinstance(value, int | float) and not isinstance(value, bool),
    "bytes": lambda value, _: isinstance(value, str),
    "string": lambda value, _: isinstance(value, str),
    "enum": lambda value, schema: value in schema.symbols,
    "fixed": lambda value, schema: isinstance(value, str) and len(value) == schema.said["size"],
}


def _whole(value: Json, limit: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit


def _finding(artifact: Artifact, rule: str, level: str, pointer: str, message: str) -> Finding:
    return Finding(
        id=f"{rule}:{pointer or '/'}",
        rule=rule,
        level=level,
        pointer=pointer,
        line=artifact.line(pointer),
        message=message,
    )
