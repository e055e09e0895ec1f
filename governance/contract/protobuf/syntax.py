"""What Protobuf files say, as written: names are not resolved yet."""

from typing import Any, TypeAlias

import msgspec

Value: TypeAlias = Any
"""A number, a text or name, a dict for `{…}`, a list where a key of it stands twice."""

MAX_FIELD = 536_870_911
MAX_MESSAGE_SET = 2_147_483_646
MAX_ENUM = 2_147_483_647


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """
    `name` without spaces: `deprecated`, `features.json_format`, `(acme.owner).team`.

    `written` is the value word by word, so that `"SPEED"` and `SPEED` are two.
    """

    name: str
    value: Value
    line: int
    written: str = ""


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """Both ends included."""

    first: int
    last: int
    line: int

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


class Node(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    line: int
    comment: str = ""
    options: tuple[Option, ...] = ()

    def option(self, name: str) -> Option | None:
        return next((one for one in self.options if one.name == name), None)

    def says(self, name: str, otherwise: Value = None) -> Value:
        found = self.option(name)
        return otherwise if found is None else found.value


class Field(Node, frozen=True, kw_only=True):
    """
    `key` is the key type of a map, whose `type` is the type of its values.

    `nested`: how many messages of the block stand before it, the message of a group too.
    """

    number: int
    type: str
    label: str = ""
    key: str = ""
    nested: int = 0
    oneof: str = ""
    group: bool = False


class EnumValue(Node, frozen=True, kw_only=True):
    number: int


class Enum(Node, frozen=True, kw_only=True):
    values: tuple[EnumValue, ...] = ()
    reserved: tuple[Range, ...] = ()
    reserved_names: tuple[str, ...] = ()


class Extend(msgspec.Struct, frozen=True, kw_only=True):
    extendee: str
    line: int
    fields: tuple[Field, ...] = ()


class Message(Node, frozen=True, kw_only=True):
    """`fields` has those inside a oneof too, in the order written; groups are `messages`."""

    fields: tuple[Field, ...] = ()
    oneofs: tuple[Node, ...] = ()
    messages: tuple["Message", ...] = ()
    enums: tuple[Enum, ...] = ()
    extends: tuple[Extend, ...] = ()
    extensions: tuple[Range, ...] = ()
    reserved: tuple[Range, ...] = ()
    reserved_names: tuple[str, ...] = ()


class Method(Node, frozen=True, kw_only=True):
    request: str
    response: str
    client_streaming: bool = False
    server_streaming: bool = False


class Service(Node, frozen=True, kw_only=True):
    methods: tuple[Method, ...] = ()


class Import(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    line: int
    modifier: str = ""


class File(Node, frozen=True, kw_only=True):
    """`name` is its path; `edition` is `proto2`, `proto3` or a year, its line 0 when unsaid."""

    edition: str
    edition_line: int = 0
    package: str = ""
    package_line: int = 0
    imports: tuple[Import, ...] = ()
    messages: tuple[Message, ...] = ()
    enums: tuple[Enum, ...] = ()
    services: tuple[Service, ...] = ()
    extends: tuple[Extend, ...] = ()
