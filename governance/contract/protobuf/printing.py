"""
A compiled file as source text again: what is compiled from it is the same file.

Names of the file's own types are written as short as they can be found, others in full.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from google.protobuf import text_encoding, text_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import Edition, FileDescriptorProto
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Proto

from governance.contract.protobuf.schema import camel
from governance.contract.protobuf.syntax import MAX_ENUM, MAX_FIELD, MAX_MESSAGE_SET

_INDENT = "  "
_LABELS = {2: "required ", 3: "repeated "}
_WORDS = frozenset(
    {"optional", "required", "repeated", "map", "group", "oneof", "message", "enum", "extend"}
    | {"option", "reserved", "extensions", "stream", "export", "local"}
    | {name.removeprefix("TYPE_").lower() for name, _ in Proto.Type.items()}
)


def printed(file: FileDescriptorProto) -> str:
    """Return the text of *file*."""
    return "\n".join(_Printing(file).lines()) + "\n"


class _Printing:
    def __init__(self, file: Any) -> None:
        self._file = file
        self._top = f"{file.package}." if file.package else ""
        self._own: set[str] = set()
        self._name(file.message_type, file.enum_type, self._top)

    def _name(self, messages: Iterable[Any], enums: Iterable[Any], around: str) -> None:
        self._own.update(f"{around}{one.name}" for one in (*messages, *enums))
        for one in messages:
            self._name(one.nested_type, one.enum_type, f"{around}{one.name}.")

    def lines(self) -> Iterator[str]:
        file = self._file
        if file.syntax == "editions":
            yield f'edition = "{Edition.Name(file.edition).removeprefix("EDITION_")}";'
        else:
            yield f'syntax = "{file.syntax or "proto2"}";'
        if file.package:
            yield f"package {file.package};"
        public, weak = set(file.public_dependency), set(file.weak_dependency)
        for n, path in enumerate(file.dependency):
            modifier = "public " * (n in public) + "weak " * (n in weak)
            yield f"import {modifier}{_quoted(path)};"
        yield from self._statements(file, "")
        for message in file.message_type:
            yield from ("", *self._message(message, self._top, "", f"message {message.name}"))
        for enum in file.enum_type:
            yield from ("", *self._enum(enum, ""))
        yield from self._extends(file.extension, self._top, "")
        for service in file.service:
            yield from ("", *self._service(service))

    def _message(self, message: Any, scope: str, indent: str, opening: str) -> Iterator[str]:
        yield f"{indent}{opening} {{"
        within, deeper = f"{scope}{message.name}.", indent + _INDENT
        yield from self._statements(message, deeper)
        yield from _reserved(message, deeper, MAX_FIELD, past=1)
        most = MAX_MESSAGE_SET if message.options.message_set_wire_format else MAX_FIELD
        for one in message.extension_range:
            yield f"{deeper}extensions {_range(one.start, one.end - 1, most)};"
        yield from self._members(message, within, deeper)
        for enum in message.enum_type:
            yield from self._enum(enum, deeper)
        yield from self._extends(message.extension, within, deeper, list(message.nested_type))
        yield f"{indent}}}"

    def _members(self, message: Any, within: str, indent: str) -> Iterator[str]:
        """Give the fields in their order, and between them the messages in theirs."""
        nested = {f".{within}{one.name}": one for one in message.nested_type}
        elsewhere = {one.type_name for one in message.extension if one.type == Proto.TYPE_GROUP}
        waiting = [one for name, one in nested.items() if name not in elsewhere]
        begun: set[int] = set()
        for field in message.field:
            placed = _placed(field, nested)
            if placed in waiting:
                until = waiting.index(placed)
                for one in waiting[:until]:
                    yield from self._message(one, within, indent, f"message {one.name}")
                waiting = waiting[until + 1 :]
            if not _in_oneof(field):
                yield from self._field(field, within, indent, nested)
            elif field.oneof_index not in begun:
                begun.add(field.oneof_index)
                yield from self._oneof(message, field.oneof_index, within, indent, nested)
        for one in waiting:
            yield from self._message(one, within, indent, f"message {one.name}")

    def _oneof(
        self, message: Any, index: int, within: str, indent: str, nested: dict[str, Any]
    ) -> Iterator[str]:
        oneof = message.oneof_decl[index]
        yield f"{indent}oneof {oneof.name} {{"
        yield from self._statements(oneof, indent + _INDENT)
        for one in message.field:
            if _in_oneof(one) and one.oneof_index == index:
                yield from self._field(one, within, indent + _INDENT, nested)
        yield f"{indent}}}"

    def _field(self, field: Any, within: str, indent: str, nested: dict[str, Any]) -> Iterator[str]:
        said = f"{field.name} = {field.number}"
        options = self._bracketed(field)
        entry = _placed(field, nested)
        if entry is not None and entry.options.map_entry:
            key, value = (self._type(one, within) for one in entry.field)
            yield f"{indent}map<{key}, {value}> {said}{options};"
            return
        label = _LABELS.get(field.label, "")
        plain = not self._file.syntax or self._file.syntax == "proto2"
        if field.proto3_optional or (plain and field.label == 1 and not _in_oneof(field)):
            label = "optional "
        if field.type == Proto.TYPE_GROUP:
            message = nested[field.type_name]
            opening = f"{label}group {message.name} = {field.number}{options}"
            yield from self._message(message, within, indent, opening)
        else:
            yield f"{indent}{label}{self._type(field, within)} {said}{options};"

    def _type(self, field: Any, within: str) -> str:
        if field.type_name:
            return self._short(field.type_name, within)
        return str(Proto.Type.Name(field.type)).removeprefix("TYPE_").lower()

    def _short(self, name: str, within: str) -> str:
        """Return the shortest name by which *name* is found from *within*."""
        full = name.removeprefix(".")
        if full not in self._own:
            return f".{full}"
        parts = full.removeprefix(self._top).split(".")
        for n in range(len(parts) - 1, -1, -1):
            short = ".".join(parts[n:])
            if parts[n] not in _WORDS and self._found(short, within) == full:
                return short
        return f".{full}"

    def _found(self, short: str, within: str) -> str:
        first, dot, rest = short.partition(".")
        around = within
        while True:
            if f"{around}{first}" in self._own:
                return f"{around}{first}{dot}{rest}"
            if len(around) <= len(self._top):
                return ""
            around = around[: around.rstrip(".").rfind(".") + 1]

    def _enum(self, enum: Any, indent: str) -> Iterator[str]:
        deeper = indent + _INDENT
        yield f"{indent}enum {enum.name} {{"
        yield from self._statements(enum, deeper)
        yield from _reserved(enum, deeper, MAX_ENUM, past=0)
        for one in enum.value:
            yield f"{deeper}{one.name} = {one.number}{self._bracketed(one)};"
        yield f"{indent}}}"

    def _extends(
        self, fields: Iterable[Any], within: str, indent: str, nested: Iterable[Any] = ()
    ) -> Iterator[str]:
        known = {f".{within}{one.name}": one for one in nested or self._file.message_type}
        for extendee, found in groupby(fields, key=lambda one: one.extendee):
            yield f"{indent}extend {self._short(extendee, within)} {{"
            for one in found:
                yield from self._field(one, within, indent + _INDENT, known)
            yield f"{indent}}}"

    def _service(self, service: Any) -> Iterator[str]:
        yield f"service {service.name} {{"
        yield from self._statements(service, _INDENT)
        within = f"{self._top}{service.name}."
        for one in service.method:
            request = "stream " * one.client_streaming + self._short(one.input_type, within)
            response = "stream " * one.server_streaming + self._short(one.output_type, within)
            said = f"{_INDENT}rpc {one.name}({request}) returns ({response})"
            options = list(self._statements(one, _INDENT * 2))
            yield from ([f"{said} {{", *options, f"{_INDENT}}}"] if options else [f"{said};"])
        yield "}"

    def _statements(self, node: Any, indent: str) -> Iterator[str]:
        yield from (f"{indent}option {one};" for one in _options(node.options))

    def _bracketed(self, node: Any) -> str:
        said = list(_options(node.options))
        if node.DESCRIPTOR.name == Proto.DESCRIPTOR.name:
            if node.HasField("json_name") and node.json_name != camel(node.name):
                said.insert(0, f"json_name = {_quoted(node.json_name)}")
            if node.HasField("default_value"):
                said.insert(0, f"default = {_default(node)}")
        return f" [{', '.join(said)}]" if said else ""


def _placed(field: Any, nested: Mapping[str, Any]) -> Any:
    """Return the message that is written where *field* is: the entry of a map, or a group's."""
    found = nested.get(field.type_name)
    if found is None or field.type == Proto.TYPE_GROUP or found.options.map_entry:
        return found
    return None


def _in_oneof(field: Any) -> bool:
    return bool(field.HasField("oneof_index") and not field.proto3_optional)


def _reserved(node: Any, indent: str, most: int, *, past: int) -> Iterator[str]:
    for one in node.reserved_range:
        yield f"{indent}reserved {_range(one.start, one.end - past, most)};"
    if node.reserved_name:
        yield f"{indent}reserved {', '.join(map(_quoted, node.reserved_name))};"


def _range(first: int, last: int, most: int) -> str:
    if first == last:
        return str(first)
    return f"{first} to {'max' if last == most else last}"


def _options(options: Any) -> Iterator[str]:
    for field, value in options.ListFields():
        if field.name == "uninterpreted_option":
            yield from map(_uninterpreted, value)
            continue
        name = f"({field.full_name})" if field.is_extension else field.name
        for one in value if field.is_repeated else [value]:
            yield f"{name} = {_value(field, one)}"


def _value(field: FieldDescriptor, value: Any) -> str:
    if field.message_type is not None:
        said = text_format.MessageToString(value, as_one_line=True)
        return f"{{ {said} }}" if said else "{}"
    if field.enum_type is not None:
        return str(field.enum_type.values_by_number[value].name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | bytes):
        return _quoted(value)
    return str(value)


def _uninterpreted(option: Any) -> str:
    names = [f"({one.name_part})" if one.is_extension else one.name_part for one in option.name]
    return f"{'.'.join(names)} = {option.aggregate_value}"


def _quoted(text: str | bytes) -> str:
    return f'"{text_encoding.CEscape(text, as_utf8=isinstance(text, str))}"'


def _default(field: Any) -> str:
    if field.type == Proto.TYPE_STRING:
        return _quoted(field.default_value)
    said = str(field.default_value)
    return f'"{said}"' if field.type == Proto.TYPE_BYTES else said
