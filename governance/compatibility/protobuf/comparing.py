"""Two schemas, name by name and number by number: all that changed for who relies on the old."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from governance.compatibility.protobuf.change import Change
from governance.compatibility.protobuf.enum import compare_enums
from governance.compatibility.protobuf.field import compare_fields
from governance.compatibility.protobuf.file import compare_files
from governance.compatibility.protobuf.message import compare_messages
from governance.compatibility.protobuf.removal import removals
from governance.compatibility.protobuf.rpc import compare_services
from governance.contract.protobuf.schema import Schema

_Key = TypeVar("_Key")
_Kind = TypeVar("_Kind")


def changes(old: Schema, new: Schema) -> Iterator[Change]:
    """Give every change that some rule is about, in the order of the older files."""
    yield from removals(old, new)
    for files in both(old.files, new.files):
        yield from compare_files(*files)
    for messages in both(old.messages, new.messages):
        yield from compare_messages(*messages)
    for enums in both(old.enums, new.enums):
        yield from compare_enums(*enums)
    for services in both(old.services, new.services):
        yield from compare_services(*services)
    yield from _fields(old, new)


def both(old: Mapping[_Key, _Kind], new: Mapping[_Key, _Kind]) -> Iterator[tuple[_Kind, _Kind]]:
    """Give what is in *old* and in *new* under the same name or number."""
    return ((was, new[key]) for key, was in old.items() if key in new)


def _fields(old: Schema, new: Schema) -> Iterator[Change]:
    schemas = old, new
    for message, after in both(old.messages, new.messages):
        for field, now in both(message.fields, after.fields):
            yield from compare_fields(field, now, schemas)
    for extension, now in both(old.extensions, new.extensions):
        yield from compare_fields(extension, now, schemas)
