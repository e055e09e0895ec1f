"""
Protobuf files as JSON, in the words of `FileDescriptorProto`, so that rules can point into them.

`{"file": [{"name", "package", "syntax", "messageType": [{"name", "comment", "field": […]}]…}]}`;
`comment` is what stands before a declaration.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec

from governance.contract.artifact import Artifact
from governance.contract.protobuf.document import read_document
from governance.contract.protobuf.needing import Needs
from governance.contract.protobuf.schema import Schema
from governance.contract.protobuf.syntax import Enum, File, Message, Node, Service


class Descriptor(msgspec.Struct, frozen=True, kw_only=True):
    """What rules are held to; `files` are the names behind `/file/0`, `/file/1` and so on."""

    artifact: Artifact
    files: tuple[str, ...] = ()

    def file(self, pointer: str) -> str:
        parts = pointer.split("/")
        numbered = len(parts) > len(("", "file")) and parts[1] == "file" and parts[2].isdecimal()
        return self.files[int(parts[2])] if self.files and numbered else ""


def described(artifact: Artifact) -> Descriptor:
    """Return the Protobuf files of *artifact* as JSON with their lines."""
    document = read_document(artifact.data)
    lines: dict[str, int] = {"": 1}
    files = [one for one in document.schema.files.values() if not one.name.startswith(_OTHERS)]
    needs = Needs(document.schema)
    exchanged = _exchanged(document.schema)
    data = {
        "file": [
            _file(one, f"/file/{n}", lines)
            | {"unusedDependency": needs.unused(one), "exchanged": exchanged[one.name]}
            for n, one in enumerate(files)
        ]
    }
    return Descriptor(
        artifact=Artifact(data, lambda: lines), files=tuple(one.name for one in files)
    )


_OTHERS = "google/protobuf/"


def _file(file: File, pointer: str, lines: dict[str, int]) -> dict[str, Any]:
    lines[pointer] = 1
    lines[f"{pointer}/package"] = file.package_line or 1
    return {
        "name": file.name,
        "syntax": file.edition,
        "package": file.package,
        "dependency": [one.path for one in file.imports],
        "publicDependency": [one.path for one in file.imports if one.modifier == "public"],
        "syntaxSpecified": bool(file.edition_line),
        "options": {one.name: one.value for one in file.options},
        **_types(file.messages, file.enums, pointer, "messageType", lines),
        "service": _each(file.services, f"{pointer}/service", lines, _service),
    }


def _exchanged(schema: Schema) -> dict[str, list[dict[str, str]]]:
    """Return by file which messages RPCs take and return, by their full names."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for service in schema.services.values():
        found[service.file.name].extend(
            {
                "service": service.node.name,
                "rpc": one.node.name,
                "input": one.request,
                "output": one.response,
            }
            for one in service.methods.values()
        )
    return found


def _types(
    messages: Iterable[Message],
    enums: Iterable[Enum],
    pointer: str,
    named: str,
    lines: dict[str, int],
) -> dict[str, Any]:
    return {
        named: _each(messages, f"{pointer}/{named}", lines, _message),
        "enumType": _each(enums, f"{pointer}/enumType", lines, _enum),
    }


def _message(message: Message, pointer: str, lines: dict[str, int]) -> dict[str, Any]:
    return {
        "field": _each(message.fields, f"{pointer}/field", lines, _field),
        "oneofDecl": _each(message.oneofs, f"{pointer}/oneofDecl", lines, lambda _o, _p, _l: {}),
        **_types(message.messages, message.enums, pointer, "nestedType", lines),
    }


def _field(field: Any, _pointer: str, _lines: dict[str, int]) -> dict[str, Any]:
    return {"number": field.number, "type": field.type, "label": field.label, "key": field.key}


def _enum(enum: Enum, pointer: str, lines: dict[str, int]) -> dict[str, Any]:
    return {
        "value": _each(
            enum.values, f"{pointer}/value", lines, lambda one, _p, _l: {"number": one.number}
        )
    }


def _service(service: Service, pointer: str, lines: dict[str, int]) -> dict[str, Any]:
    return {
        "method": _each(
            service.methods,
            f"{pointer}/method",
            lines,
            lambda one, _p, _l: {
                "inputType": one.request,
                "outputType": one.response,
                "clientStreaming": one.client_streaming,
                "serverStreaming": one.server_streaming,
            },
        )
    }


def _each(nodes: Iterable[Any], pointer: str, lines: dict[str, int], inside: Any) -> list[Any]:
    """Return what is common to declarations, and what *inside* says of each."""
    return [
        _declared(one, f"{pointer}/{n}", lines) | inside(one, f"{pointer}/{n}", lines)
        for n, one in enumerate(nodes)
    ]


def _declared(node: Node, pointer: str, lines: dict[str, int]) -> dict[str, Any]:
    lines[pointer] = node.line
    options = {one.name: one.value for one in node.options}
    return {"name": node.name, "comment": node.comment, "options": options}
