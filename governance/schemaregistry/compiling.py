"""
Protobuf schemas as clients send them, as text or compiled: the same file is the same schema.

What is compared and numbered is the compiled file; what people read is the text.
"""

import base64
import binascii
from collections.abc import Mapping

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import DecodeError
from msgspec.structs import replace

from governance.contract.protobuf.compiling import compiled, normal
from governance.contract.protobuf.definitions import Definitions
from governance.contract.protobuf.document import read_document
from governance.contract.protobuf.printing import printed
from governance.schemaregistry.referring import Resolve, gather, own_path
from governance.schemaregistry.refusing import INVALID_SCHEMA, refusal
from governance.schemaregistry.schema import Schema
from rules.refusal import Refusal

_FAULTS = 10


def settled(schema: Schema, resolve: Resolve, *, normalize: bool = False) -> Schema | Refusal:
    """Return a Protobuf *schema* with its text and compiled, and any other as it is."""
    if schema.type != "PROTOBUF":
        return schema
    found = gather(schema, resolve)
    if isinstance(found, Refusal):
        return found
    sent = _descriptor(schema.text)
    others = {name: _file(name, one.compiled) for name, one in found.items()}
    path = own_path(found)
    file = _compiled(path, schema, found, others) if sent is None else _taken(path, sent, others)
    if isinstance(file, Refusal):
        return file
    text = schema.text if sent is None and not normalize else printed(file)
    content = normal(file).SerializeToString(deterministic=True)
    return replace(schema, text=text, compiled=base64.b64encode(content).decode())


def without_extensions(schema: Schema) -> str:
    """Return the text of a Protobuf *schema* that extends nothing and sets no option but plain."""
    file = FileDescriptorProto.FromString(base64.b64decode(schema.compiled))
    waiting = list(file.message_type)
    file.ClearField("extension")
    while waiting:
        one = waiting.pop()
        one.ClearField("extension")
        waiting.extend(one.nested_type)
    return printed(file)


def _descriptor(text: str) -> bytes | None:
    """Return what *text* holds compiled; None: it is source text."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _file(name: str, content: str) -> FileDescriptorProto:
    file = FileDescriptorProto.FromString(base64.b64decode(content))
    file.name = name
    return file


def _compiled(
    path: str,
    schema: Schema,
    found: Mapping[str, Schema],
    others: Mapping[str, FileDescriptorProto],
) -> FileDescriptorProto | Refusal:
    texts = {name: one.text for name, one in found.items()}
    document = read_document({path: schema.text, **texts})
    faults = document.unread or document.schema.faults
    if faults:
        said = "; ".join(f"{one.path}:{one.line}: {one.message}" for one in faults[:_FAULTS])
        return refusal(INVALID_SCHEMA, f"Invalid schema: {said}")
    try:
        return compiled(document.schema, path, others)
    except (TypeError, ValueError) as error:
        return refusal(INVALID_SCHEMA, f"Invalid schema: {error}")


def _taken(
    path: str, content: bytes, others: Mapping[str, FileDescriptorProto]
) -> FileDescriptorProto | Refusal:
    try:
        sent = FileDescriptorProto.FromString(content)
        sent.name = path
        empty = Definitions(sent, others).empty()
        empty.MergeFromString(sent.SerializeToString())
    except (DecodeError, TypeError, ValueError) as error:
        return refusal(INVALID_SCHEMA, f"Invalid schema: no compiled Protobuf file: {error}")
    return empty
