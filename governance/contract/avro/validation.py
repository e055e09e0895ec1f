"""
An event's data in JSON, held against an Avro schema.

A value of a union may be wrapped in the name of its branch, as Avro's JSON encoding writes it,
or stand plain, as most producers send it. A field with a default may be absent; one that the
schema does not name is passed by, as a JSON Schema that says nothing of it does.
https://avro.apache.org/docs/1.12.0/specification/#json-encoding
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice

from governance.contract.artifact import Artifact, ArtifactError, Json, escape, read_artifact
from governance.contract.avro.checking import check_avro
from governance.contract.avro.reading import read_schema
from governance.contract.avro.schema import Schema
from rules.refusal import Problem

MAX_PROBLEMS = 20
DEEPEST = 64
_INT, _LONG = 2**31, 2**63
_BYTE = 256

Validator = Callable[[Json], list[Problem]]


def validator(artifact: bytes, media_type: str = "application/json") -> Validator:
    """
    Return what lists the problems of data against the schema *artifact*, at most 20.

    Raises `ArtifactError` when the artifact is no Avro schema.
    """
    read = read_artifact(artifact, media_type)
    _refuse(read)
    schema = read_schema(read.data)

    def problems(data: Json) -> list[Problem]:
        return list(islice(_Judging().problems(data, schema, "", 0), MAX_PROBLEMS))

    return problems


def _refuse(read: Artifact) -> None:
    for one in check_avro(read):
        if one.level == "error":
            raise ArtifactError(one.message, line=one.line, pointer=one.pointer)


class _Judging:
    """
    One payload being judged. What was found of a value and a schema is remembered: branches
    that contain each other would be tried over and over.
    """

    def __init__(self) -> None:
        self._fits: dict[tuple[int, int], bool] = {}

    def problems(self, value: Json, schema: Schema, at: str, depth: int) -> Iterator[Problem]:
        if depth > DEEPEST:
            yield Problem(pointer=at, detail=f"is nested deeper than {DEEPEST} levels")
        elif schema.kind == "union":
            yield from self._union(value, schema, at, depth)
        elif schema.kind == "record":
            yield from self._record(value, schema, at, depth)
        elif schema.items is not None:
            yield from self._several(value, schema, schema.items, at, depth)
        elif not _SCALARS[schema.kind](value, schema):
            yield Problem(pointer=at, detail=f"is no {_called(schema)}")

    def _union(self, value: Json, schema: Schema, at: str, depth: int) -> Iterator[Problem]:
        named = _wrapped(value, schema)
        inner: list[Problem] = []
        if named is not None:
            name, inside = next(iter(value.items()))
            inner = list(self.problems(inside, named, f"{at}/{escape(name)}", depth))
            if not inner:
                return
        plain = [one for one in schema.branches if named is None or _may_hold(one, value)]
        if not any(self._fitting(value, branch, depth) for branch in plain):
            yield from inner or self._unfit(value, schema, at, depth)

    def _unfit(self, value: Json, schema: Schema, at: str, depth: int) -> Iterator[Problem]:
        """Say what is wrong with a value that fits no branch: of one only, all of it."""
        told = [branch for branch in schema.branches if branch.kind != "null"]
        if len(told) == 1 and value is not None:
            yield from self.problems(value, told[0], at, depth)
            return
        names = ", ".join(_called(branch) for branch in schema.branches)
        yield Problem(pointer=at, detail=f"is none of {names}")

    def _fitting(self, value: Json, schema: Schema, depth: int) -> bool:
        key = (id(value), id(schema))
        if key not in self._fits:
            first = next(self.problems(value, schema, "", depth + 1), None)
            self._fits[key] = first is None
        return self._fits[key]

    def _record(self, value: Json, schema: Schema, at: str, depth: int) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(pointer=at, detail=f"is no {_called(schema)}")
            return
        for field in schema.fields:
            below = f"{at}/{field.name}"
            if field.name in value:
                yield from self.problems(value[field.name], field.schema, below, depth + 1)
            elif not field.has_default:
                yield Problem(pointer=at, detail=f"{field.name!r} is a required field")

    def _several(
        self, value: Json, schema: Schema, items: Schema, at: str, depth: int
    ) -> Iterator[Problem]:
        if not isinstance(value, list if schema.kind == "array" else dict):
            yield Problem(pointer=at, detail=f"is no {_called(schema)}")
            return
        inside = enumerate(value) if isinstance(value, list) else value.items()
        for name, one in inside:
            yield from self.problems(one, items, f"{at}/{escape(name)}", depth + 1)


def _wrapped(value: Json, schema: Schema) -> Schema | None:
    """Return the branch in whose name *value* is wrapped."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    name = next(iter(value))
    return next((one for one in schema.branches if name == (one.name or one.kind)), None)


def _may_hold(branch: Schema, value: dict[str, Json]) -> bool:
    """Whether what looks wrapped may be a map or a record with a field of that very name."""
    return branch.kind == "map" or any(one.name in value for one in branch.fields)


def _called(schema: Schema) -> str:
    return f"{schema.called} ({', '.join(schema.symbols)})" if schema.symbols else schema.called


def _whole(value: Json, limit: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit


def _number(value: Json, _: Schema) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _bytes(value: Json, _: Schema) -> bool:
    """Bytes are text of which each character is a byte."""
    return isinstance(value, str) and all(ord(one) < _BYTE for one in value)


_SCALARS: dict[str, Callable[[Json, Schema], bool]] = {
    "null": lambda value, _: value is None,
    "boolean": lambda value, _: isinstance(value, bool),
    "int": lambda value, _: _whole(value, _INT),
    "long": lambda value, _: _whole(value, _LONG),
    "float": _number,
    "double": _number,
    "bytes": _bytes,
    "string": lambda value, _: isinstance(value, str),
    "enum": lambda value, schema: value in schema.symbols,
    "fixed": lambda value, schema: _bytes(value, schema) and len(value) == schema.said["size"],
}
