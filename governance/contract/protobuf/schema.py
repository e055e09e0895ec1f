"""Protobuf files put together: every name resolved, every feature and default known."""

from typing import Literal, TypeAlias

import msgspec

from governance.contract.protobuf.features import Features
from governance.contract.protobuf.syntax import Enum, Field, File, Message, Method, Service

Cardinality: TypeAlias = Literal["explicit", "implicit", "required", "repeated", "map"]
"""`explicit` and `implicit`: at most one, and whether its absence can be told."""
WORDS: dict[str, str] = {
    "explicit": "optional with explicit presence",
    "implicit": "optional with implicit presence",
}


class FieldInfo(msgspec.Struct, frozen=True, kw_only=True):
    """
    A field or an extension in force.

    `kind` is a scalar type, `message`, `group` (delimited), `enum`, or `unknown`; `type_name`
    the full name of what is not scalar; `holder` the message it is a field of or extends.
    """

    node: Field
    file: File
    full_name: str
    nested_name: str
    holder: str
    kind: str
    type_name: str
    cardinality: Cardinality
    features: Features
    extension: bool = False
    of_map: bool = False

    @property
    def json_name(self) -> str:
        return str(self.node.says("json_name", camel(self.node.name)))

    @property
    def title(self) -> str:
        if self.extension:
            return f"extension {self.full_name} ({self.node.number}) of {self.holder}"
        return f"field {self.full_name} ({self.node.number})"


class MessageInfo(msgspec.Struct, frozen=True, kw_only=True):
    """`nested_name` is the full name without the package; `of_map`: the entry of a map."""

    node: Message
    file: File
    full_name: str
    nested_name: str
    features: Features
    fields: dict[int, FieldInfo]
    of_map: bool = False


class EnumInfo(msgspec.Struct, frozen=True, kw_only=True):
    node: Enum
    file: File
    full_name: str
    nested_name: str
    features: Features

    @property
    def numbers(self) -> dict[int, tuple[str, ...]]:
        """Number → its names, sorted."""
        found: dict[int, list[str]] = {}
        for value in self.node.values:
            found.setdefault(value.number, []).append(value.name)
        return {number: tuple(sorted(names)) for number, names in found.items()}


class MethodInfo(msgspec.Struct, frozen=True, kw_only=True):
    node: Method
    file: File
    full_name: str
    request: str
    response: str


class ServiceInfo(msgspec.Struct, frozen=True, kw_only=True):
    node: Service
    file: File
    full_name: str
    methods: dict[str, MethodInfo]

    @property
    def nested_name(self) -> str:
        return self.node.name


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Something that no compiler would take; `about` names what it is about."""

    rule: str
    path: str
    line: int
    about: str
    message: str


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """By full name; extensions by what they extend and their number."""

    files: dict[str, File]
    messages: dict[str, MessageInfo]
    enums: dict[str, EnumInfo]
    services: dict[str, ServiceInfo]
    extensions: dict[tuple[str, int], FieldInfo]
    faults: tuple[Fault, ...] = ()


def camel(name: str) -> str:
    """Return the JSON name of a field: `due_date` → `dueDate`."""
    first, *others = name.split("_")
    return first + "".join(one[:1].upper() + one[1:] for one in others)


def entry_name(name: str) -> str:
    """Return the name of the message that stands for an entry of the map *name*."""
    return "".join(one[:1].upper() + one[1:] for one in name.split("_")) + "Entry"
