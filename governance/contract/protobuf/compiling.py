"""
A linked file as compilers write it: a descriptor, without lines and comments.

Message types stand in the order that `protoc` gives them, since messages on the wire may name
their type by its place.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from google.protobuf import text_encoding
from google.protobuf.descriptor_pb2 import Edition, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.message import Message as Written
from google.protobuf.text_format import ParseError

from governance.contract.protobuf.definitions import PART, Definitions
from governance.contract.protobuf.schema import FieldInfo, Schema, camel, entry_name
from governance.contract.protobuf.syntax import (
    Enum,
    Extend,
    Field,
    File,
    Message,
    Node,
    Option,
    Range,
    Service,
)

_LABELS = {"repeated": 3, "required": 2}
_APART = frozenset({"default", "json_name"})


def compiled(
    schema: Schema, path: str, others: Mapping[str, FileDescriptorProto]
) -> FileDescriptorProto:
    """Return the file at *path* of *schema*; *others* are the files that it imports, compiled."""
    plain = _Compiling(schema, None).file(schema.files[path], FileDescriptorProto())
    definitions = Definitions(plain, others)
    return _Compiling(schema, definitions).file(schema.files[path], definitions.empty())


def normal(file: FileDescriptorProto) -> FileDescriptorProto:
    """Drop from *file* what says nothing: its path, its lines, and what would be so anyhow."""
    file.ClearField("name")
    file.ClearField("source_code_info")
    if file.syntax == "proto2":
        file.ClearField("syntax")
    waiting: list[Any] = [file]
    while waiting:
        node = waiting.pop()
        for field, value in node.ListFields():
            if field.name == "options":
                _ordered(node, value)
            elif field.message_type is not None:
                waiting.extend(value if field.is_repeated else [value])
            elif field.name == "visibility" or (
                field.name == "json_name" and value == camel(node.name)
            ):
                node.ClearField(field.name)
    return file


def _ordered(node: Any, options: Any) -> None:
    """Write extensions in the order of their numbers, since they keep the one they came in."""
    extensions = [field for field, _ in options.ListFields() if field.is_extension]
    if not options.ByteSize():
        node.ClearField("options")
    elif len(extensions) > 1:
        plain = type(options).FromString(options.SerializeToString())
        for field in extensions:
            plain.ClearExtension(field)
        for field in extensions:
            alone = type(options)()
            if field.is_repeated:
                alone.Extensions[field].extend(options.Extensions[field])
            elif field.message_type is not None:
                alone.Extensions[field].CopyFrom(options.Extensions[field])
            else:
                alone.Extensions[field] = options.Extensions[field]
            plain.MergeFrom(alone)
        options.CopyFrom(plain)


class _Compiling:
    def __init__(self, schema: Schema, definitions: Definitions | None) -> None:
        self._schema = schema
        self._definitions = definitions
        self._extensions = {one.full_name: one for one in schema.extensions.values()}

    def file(self, file: File, into: Any) -> FileDescriptorProto:
        into.name = file.name
        if file.package:
            into.package = file.package
        _edition(file, into)
        for one in file.imports:
            if one.modifier in {"public", "weak"}:
                getattr(into, f"{one.modifier}_dependency").append(len(into.dependency))
            into.dependency.append(one.path)
        scope = f"{file.package}." if file.package else ""
        for message in file.messages:
            self._message(message, scope, into.message_type.add())
        for enum in file.enums:
            self._enum(enum, scope, into.enum_type.add())
        for service in file.services:
            self._service(service, scope, into.service.add())
        self._extends(file.extends, scope, into.extension)
        self._options(file, into, file.package)
        found: FileDescriptorProto = into
        return found

    def _message(self, message: Message, scope: str, into: Any) -> None:
        into.name = message.name
        full = f"{scope}{message.name}"
        for oneof in message.oneofs:
            made = into.oneof_decl.add(name=oneof.name)
            self._options(oneof, made, full)
        fields = self._schema.messages[full].fields
        for field in message.fields:
            self._field(fields[field.number], into.field.add(), message)
        self._presence(message, into)
        self._nested(message, full, into)
        for enum in message.enums:
            self._enum(enum, f"{full}.", into.enum_type.add())
        self._extends(message.extends, f"{full}.", into.extension)
        _ranges(message.extensions, into.extension_range)
        _ranges(message.reserved, into.reserved_range)
        into.reserved_name.extend(message.reserved_names)
        self._options(message, into, full)

    def _nested(self, message: Message, full: str, into: Any) -> None:
        """Write the messages inside in their order, the entries of maps among them."""
        maps = [one for one in message.fields if one.key]
        for n, nested in enumerate(message.messages):
            while maps and maps[0].nested <= n:
                self._entry(maps.pop(0), full, into.nested_type.add())
            self._message(nested, f"{full}.", into.nested_type.add())
        for field in maps:
            self._entry(field, full, into.nested_type.add())

    def _entry(self, field: Field, full: str, into: Any) -> None:
        into.name = entry_name(field.name)
        info = self._schema.messages[f"{full}.{into.name}"]
        for side in info.node.fields:
            self._field(info.fields[side.number], into.field.add(), info.node)
        into.options.map_entry = True

    def _presence(self, message: Message, into: Any) -> None:
        """Write the oneofs that stand for `optional` in proto3."""
        taken = {one.name for one in chain(message.fields, message.oneofs, message.messages)}
        for field in into.field:
            if field.proto3_optional:
                name = field.name if field.name.startswith("_") else f"_{field.name}"
                while name in taken:
                    name = f"X{name}"
                taken.add(name)
                field.oneof_index = len(into.oneof_decl)
                into.oneof_decl.add(name=name)

    def _field(self, info: FieldInfo, into: Any, message: Message | None) -> None:
        node = info.node
        into.name, into.number = node.name, node.number
        repeated = "repeated" if node.key else node.label
        into.label = _LABELS.get(repeated, 1)
        kind = "group" if node.group else {"group": "message"}.get(info.kind, info.kind)
        into.type = FieldDescriptorProto.Type.Value(f"TYPE_{kind.upper()}")
        if info.type_name:
            into.type_name = f".{info.type_name}"
        if info.extension:
            into.extendee = f".{info.holder}"
        if node.oneof and message:
            into.oneof_index = [one.name for one in message.oneofs].index(node.oneof)
        if info.file.edition == "proto3" and node.label == "optional":
            into.proto3_optional = True
        said = node.option("default")
        if said:
            into.default_value = _default(info.kind, said.value)
        named = node.option("json_name")
        if named:
            into.json_name = str(named.value)
        if not info.of_map:
            self._options(node, into, info.holder if message else info.file.package)

    def _enum(self, enum: Enum, scope: str, into: Any) -> None:
        into.name = enum.name
        for value in enum.values:
            made = into.value.add(name=value.name, number=value.number)
            self._options(value, made, scope.rstrip("."))
        for one in enum.reserved:
            into.reserved_range.add(start=one.first, end=one.last)
        into.reserved_name.extend(enum.reserved_names)
        self._options(enum, into, f"{scope}{enum.name}")

    def _service(self, service: Service, scope: str, into: Any) -> None:
        into.name = service.name
        full = f"{scope}{service.name}"
        for method in service.methods:
            info = self._schema.services[full].methods[method.name]
            made = into.method.add(name=method.name)
            made.input_type, made.output_type = f".{info.request}", f".{info.response}"
            if method.client_streaming:
                made.client_streaming = True
            if method.server_streaming:
                made.server_streaming = True
            self._options(method, made, full)
        self._options(service, into, full)

    def _extends(self, extends: Iterable[Extend], scope: str, into: Any) -> None:
        for extend in extends:
            for field in extend.fields:
                self._field(self._extensions[f"{scope}{field.name}"], into.add(), None)

    def _options(self, node: Node, into: Any, scope: str) -> None:
        for option in node.options:
            if option.name not in _APART or not isinstance(node, Field):
                self._option(option, into, scope)

    def _option(self, option: Option, into: Any, scope: str) -> None:
        if self._definitions is None:
            if option.name in {"map_entry", "message_set_wire_format"}:
                setattr(into.options, option.name, option.value == "true")
            return
        try:
            self._definitions.put(into.options, option, scope)
        except (AttributeError, KeyError, TypeError, ValueError, ParseError):
            self._uninterpreted(option, into.options)

    @staticmethod
    def _uninterpreted(option: Option, options: Written) -> None:
        made: Any = options
        unread = made.uninterpreted_option.add(aggregate_value=option.written)
        for part in PART.findall(option.name):
            unread.name.add(name_part=part.strip("()"), is_extension=part.startswith("("))


def _edition(file: File, into: Any) -> None:
    if file.edition == "proto3":
        into.syntax = "proto3"
    elif file.edition != "proto2":
        into.syntax, into.edition = "editions", Edition.Value(f"EDITION_{file.edition}")


def _ranges(found: Iterable[Range], into: Any) -> None:
    for one in found:
        into.add(start=one.first, end=one.last + 1)


def _default(kind: str, value: Any) -> str:
    if kind == "bytes":
        said: str = text_encoding.CEscape(str(value).encode(), as_utf8=False)
        return said
    if isinstance(value, float):
        short = f"{value:.15g}"
        return short if float(short) == value else f"{value:.17g}"
    if kind in {"float", "double"} and isinstance(value, int):
        return f"{float(value):.15g}"
    return str(value)
