"""
An Avro schema read from JSON: names resolved, in the order in which they are defined.

A name must be defined before it is used; a namespace holds for everything inside.
"""

import re
from typing import NamedTuple, NoReturn

from governance.contract.artifact import ArtifactError, Json
from governance.contract.avro.schema import NAMED, PRIMITIVES, Field, Schema

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_FULL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\Z")


class _At(NamedTuple):
    """Where the reader stands: the place, and the namespace that holds there."""

    pointer: str
    namespace: str

    def below(self, *tokens: str | int) -> "_At":
        return self._replace(pointer=self.pointer + "".join(f"/{token}" for token in tokens))


def read_schema(data: Json) -> Schema:
    """Return *data* as a schema; raises `ArtifactError` that says where it is none."""
    return _Reader().schema(data, _At("", ""))


class _Reader:
    def __init__(self) -> None:
        self._named: dict[str, Schema] = {}

    def schema(self, data: Json, at: _At) -> Schema:
        if isinstance(data, str):
            return self._by_name(data, at)
        if isinstance(data, list):
            return self._union(data, at)
        if not isinstance(data, dict):
            _refuse(at, "a schema is a name, a list of schemas or an object with a type")
        kind = data.get("type")
        if isinstance(kind, dict | list):
            return self.schema(kind, at.below("type"))
        if not isinstance(kind, str):
            _refuse(at, "a schema has a type")
        return self._of_kind(kind, data, at)

    def _of_kind(self, kind: str, data: dict[str, Json], at: _At) -> Schema:
        if kind in PRIMITIVES:
            return Schema(kind, at.pointer, data)
        if kind in {"array", "map"}:
            found = Schema(kind, at.pointer, data)
            inner = "items" if kind == "array" else "values"
            if inner not in data:
                _refuse(at, f"a schema of the type {kind} says its {inner}")
            found.items = self.schema(data[inner], at.below(inner))
            return found
        if kind in NAMED or kind == "error":
            return self._definition("record" if kind == "error" else kind, data, at)
        return self._by_name(kind, at.below("type"))

    def _by_name(self, name: str, at: _At) -> Schema:
        if name in PRIMITIVES:
            return Schema(name, at.pointer, {})
        found = self._named.get(_full(name, at.namespace)) or self._named.get(name)
        if found is None:
            _refuse(at, f"{name!r} is not defined before it is used")
        return found

    def _union(self, data: list[Json], at: _At) -> Schema:
        union = Schema("union", at.pointer, {})
        seen: set[str] = set()
        for index, one in enumerate(data):
            branch = self.schema(one, at.below(index))
            mark = branch.name or branch.kind
            if branch.kind == "union":
                _refuse(at.below(index), "a union stands directly in a union")
            if mark in seen:
                _refuse(at.below(index), f"{mark} stands twice in a union")
            seen.add(mark)
            union.branches.append(branch)
        return union

    def _definition(self, kind: str, data: dict[str, Json], at: _At) -> Schema:
        found = Schema(kind, at.pointer, data)
        name, namespace = data.get("name"), data.get("namespace")
        if not isinstance(name, str) or not _FULL_NAME.match(name):
            _refuse(at, f"a schema of the type {kind} has a name of letters, digits and _")
        if "." not in name and isinstance(namespace, str):
            name = f"{namespace}.{name}" if namespace else name
        else:
            name = _full(name, at.namespace)
        if name in self._named:
            _refuse(at, f"{name} is defined twice")
        found.name = name
        inside = at._replace(namespace=name.rpartition(".")[0])
        aliases = data.get("aliases") or []
        found.aliases = frozenset(_full(one, inside.namespace) for one in _texts(aliases, at))
        self._named[name] = found
        {"record": self._record, "enum": self._enum, "fixed": self._fixed}[kind](found, inside)
        return found

    def _record(self, record: Schema, at: _At) -> None:
        fields = record.said.get("fields")
        if not isinstance(fields, list):
            _refuse(at, f"the record {record.name} lists its fields")
        seen: set[str] = set()
        for index, one in enumerate(fields):
            field = self._field(one, at.below("fields", index))
            if field.name in seen:
                _refuse(at.below("fields", index), f"the field {field.name} stands twice")
            seen.add(field.name)
            record.fields.append(field)

    def _field(self, data: Json, at: _At) -> Field:
        name = data.get("name") if isinstance(data, dict) else None
        if not isinstance(name, str) or not _NAME.match(name):
            _refuse(at, "a field has a name of letters, digits and _")
        if "type" not in data:
            _refuse(at, f"the field {name} has a type")
        return Field(
            name=name,
            aliases=tuple(_texts(data.get("aliases") or [], at)),
            schema=self.schema(data["type"], at.below("type")),
            has_default="default" in data,
            default=data.get("default"),
            pointer=at.pointer,
        )

    def _enum(self, enum: Schema, at: _At) -> None:
        symbols = enum.said.get("symbols")
        named = isinstance(symbols, list) and all(
            isinstance(one, str) and _NAME.match(one) for one in symbols
        )
        if not named or len(set(symbols or ())) != len(symbols or ()):
            _refuse(at.below("symbols"), "symbols are a list of names, each once")
        enum.symbols = list(symbols or ())
        default = enum.said.get("default")
        if default is not None and default not in enum.symbols:
            _refuse(at.below("default"), "the default of an enum is one of its symbols")

    def _fixed(self, fixed: Schema, at: _At) -> None:
        size = fixed.said.get("size")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            _refuse(at.below("size"), "the size of a fixed is a whole number of bytes")


def _full(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _texts(value: Json, at: _At) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        _refuse(at.below("aliases"), "aliases are a list of names")
    return list(value)


def _refuse(at: _At, message: str) -> NoReturn:
    raise ArtifactError(message, pointer=at.pointer)
