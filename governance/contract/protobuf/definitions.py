"""
What options mean: definitions by name, those that come with compilers and with Kafka's clients too.

An option that nothing defines is kept as it was written, uninterpreted.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from google.protobuf import (
    any_pb2,
    api_pb2,
    descriptor_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    source_context_pb2,
    struct_pb2,
    text_format,
    timestamp_pb2,
    type_pb2,
    wrappers_pb2,
)
from google.protobuf.compiler import plugin_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from governance.contract.protobuf.syntax import Option
from governance.contract.protobuf.wellknown import COMMON

_COMPILER = (
    *(any_pb2, api_pb2, descriptor_pb2, duration_pb2, empty_pb2, field_mask_pb2, plugin_pb2),
    *(source_context_pb2, struct_pb2, timestamp_pb2, type_pb2, wrappers_pb2),
)
_DESCRIPTOR = descriptor_pb2.DESCRIPTOR.name
_META = """
name: "confluent/meta.proto" package: "confluent" syntax: "proto3"
dependency: "google/protobuf/descriptor.proto"
message_type {
  name: "Meta"
  field { name: "doc" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
  field {
    name: "params" number: 2 label: LABEL_REPEATED type: TYPE_MESSAGE
    type_name: ".confluent.Meta.ParamsEntry"
  }
  field { name: "tags" number: 3 label: LABEL_REPEATED type: TYPE_STRING }
  field {
    name: "rules" number: 4 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".confluent.Rule"
  }
  nested_type {
    name: "ParamsEntry" options { map_entry: true }
    field { name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
    field { name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_STRING }
  }
}
message_type {
  name: "Rule"
  field { name: "name" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "doc" number: 2 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "expr" number: 3 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "sql" number: 4 label: LABEL_OPTIONAL type: TYPE_STRING }
}
"""
_META_OPTIONS = {
    "file_meta": "FileOptions",
    "message_meta": "MessageOptions",
    "field_meta": "FieldOptions",
    "enum_meta": "EnumOptions",
    "enum_value_meta": "EnumValueOptions",
}
_META_NUMBER = 1088
_DECIMAL = """
name: "confluent/type/decimal.proto" package: "confluent.type" syntax: "proto3"
message_type {
  name: "Decimal"
  field { name: "value" number: 1 label: LABEL_OPTIONAL type: TYPE_BYTES }
  field { name: "precision" number: 2 label: LABEL_OPTIONAL type: TYPE_UINT32 }
  field { name: "scale" number: 3 label: LABEL_OPTIONAL type: TYPE_INT32 }
}
"""
_VARIANT = """
name: "confluent/type/variant.proto" package: "confluent.type" syntax: "proto3"
message_type {
  name: "Variant"
  field { name: "metadata" number: 1 label: LABEL_OPTIONAL type: TYPE_BYTES }
  field { name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_BYTES }
}
"""
_EARLIER = """
name: "confluent/types/decimal.proto" syntax: "proto3"
dependency: "confluent/type/decimal.proto" public_dependency: 0
"""
PART = re.compile(r"\([^)]*\)|[^.()]+")


@cache
def _known() -> dict[str, FileDescriptorProto]:
    """Return the files that nobody sends, by path."""
    files = [
        FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)
        for module in (*_COMPILER, *COMMON)
    ]
    kafka = [text_format.Parse(one, FileDescriptorProto()) for one in (_DECIMAL, _VARIANT)]
    meta = text_format.Parse(_META, FileDescriptorProto())
    for name, extendee in _META_OPTIONS.items():
        meta.extension.add(
            name=name,
            number=_META_NUMBER,
            label="LABEL_OPTIONAL",
            type="TYPE_MESSAGE",
            type_name=".confluent.Meta",
            extendee=f".google.protobuf.{extendee}",
        )
    earlier = text_format.Parse(_EARLIER, FileDescriptorProto())
    return {one.name: one for one in (*files, *kafka, meta, earlier)}


class Definitions:
    """What *file* and what it imports define; raises TypeError where they define nonsense."""

    def __init__(
        self, file: FileDescriptorProto, others: Mapping[str, FileDescriptorProto]
    ) -> None:
        self._pool = DescriptorPool()
        added: set[str] = set()
        for one in _ordered(file, {**_known(), **others}):
            if one.name not in added:
                self._pool.Add(one)
                added.add(one.name)

    def empty(self) -> FileDescriptorProto:
        """Return a file whose options can be what is defined here."""
        found = self._pool.FindMessageTypeByName("google.protobuf.FileDescriptorProto")
        return GetMessageClass(found)()

    def put(self, options: Message, option: Option, scope: str) -> None:
        """Set *option*, written within *scope*; raises KeyError, ValueError where it cannot be."""
        *path, last = PART.findall(option.name)
        for part in path:
            options = (
                getattr(options, part) if part[0] != "(" else self._inside(options, part, scope)
            )
        name = last
        if last[0] == "(":
            name = f"[{self._extension(last, scope).full_name}]"
        elif last not in options.DESCRIPTOR.fields_by_name:
            raise KeyError(last)
        value = option.written.replace("- ", "-")
        text_format.Merge(f"{name}: {value}", options, descriptor_pool=self._pool)

    def _inside(self, options: Message, part: str, scope: str) -> Message:
        found: Message = options.Extensions[self._extension(part, scope)]
        return found

    def _extension(self, part: str, scope: str) -> FieldDescriptor:
        name, around = part.strip("()"), scope
        while True:
            try:
                return self._pool.FindExtensionByName(f"{around}.{name}".lstrip("."))
            except KeyError:
                if not around:
                    raise
            around = around.rpartition(".")[0]


def _ordered(
    file: FileDescriptorProto, known: Mapping[str, FileDescriptorProto]
) -> Iterator[FileDescriptorProto]:
    """Give what *file* imports, each behind what it imports itself, and *file* last."""
    done: set[str] = set()
    waiting = [(file, iter([_DESCRIPTOR, *file.dependency]))]
    while waiting:
        one, imports = waiting[-1]
        path = next(imports, None)
        if path is None:
            waiting.pop()
            yield one
        elif path in known and path not in done:
            done.add(path)
            waiting.append((known[path], iter(known[path].dependency)))
