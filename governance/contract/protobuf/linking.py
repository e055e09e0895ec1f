"""
Puts files together: what each field is of, how often it may be there, and what is in force.

Whatever is wrong becomes a fault with its line, and the rest is linked all the same.
"""

from collections.abc import Iterable, Mapping
from itertools import chain

from msgspec.structs import replace

from governance.contract.protobuf.features import Features, inherited, starting
from governance.contract.protobuf.imports import import_faults
from governance.contract.protobuf.naming import Names
from governance.contract.protobuf.schema import (
    Cardinality,
    EnumInfo,
    Fault,
    FieldInfo,
    MessageInfo,
    MethodInfo,
    Schema,
    ServiceInfo,
    entry_name,
)
from governance.contract.protobuf.syntax import Enum, Extend, Field, File, Message, Service
from governance.contract.protobuf.validity import validity_faults

SCALARS = frozenset(
    {"double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32"}
    | {"fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes"}
)


def link(files: Mapping[str, File]) -> Schema:
    """Return *files* put together, in the order of their paths."""
    ordered = dict(sorted(files.items()))
    linker = _Linker(ordered)
    for file in ordered.values():
        linker.file(file)
    schema = Schema(
        files=ordered,
        messages=linker.messages,
        enums=linker.enums,
        services=linker.services,
        extensions=linker.extensions,
    )
    found = import_faults(ordered), linker.names.faults, linker.faults, validity_faults(schema)
    return replace(schema, faults=tuple(chain.from_iterable(found)))


class _Linker:
    def __init__(self, files: dict[str, File]) -> None:
        self.names = Names(files)
        self.faults: list[Fault] = []
        self.messages: dict[str, MessageInfo] = {}
        self.enums: dict[str, EnumInfo] = {}
        self.services: dict[str, ServiceInfo] = {}
        self.extensions: dict[tuple[str, int], FieldInfo] = {}

    def file(self, file: File) -> None:
        features = starting(file.edition, file.options)
        for enum in file.enums:
            self._enum(file, "", enum, features)
        for message in file.messages:
            self._message(file, "", message, features)
        for service in file.services:
            self._service(file, service)
        self._extends(file, "", file.extends, features)

    def _enum(self, file: File, around: str, enum: Enum, outer: Features) -> None:
        nested = f"{around}{enum.name}"
        self.enums[_full(file, nested)] = EnumInfo(
            node=enum,
            file=file,
            full_name=_full(file, nested),
            nested_name=nested,
            features=inherited(outer, enum.options),
        )

    def _message(self, file: File, around: str, message: Message, outer: Features) -> None:
        nested = f"{around}{message.name}"
        full = _full(file, nested)
        features = inherited(outer, message.options)
        oneofs = {one.name: inherited(features, one.options) for one in message.oneofs}
        fields: dict[int, FieldInfo] = {}
        for field in message.fields:
            around_field = oneofs.get(field.oneof, features)
            if field.key:
                self._entry(file, nested, field, features)
            fields.setdefault(
                field.number,
                self._field(file, nested, field, full, inherited(around_field, field.options)),
            )
        self.messages[full] = MessageInfo(
            node=message,
            file=file,
            full_name=full,
            nested_name=nested,
            features=features,
            fields=fields,
        )
        for enum in message.enums:
            self._enum(file, f"{nested}.", enum, features)
        for inner in message.messages:
            self._message(file, f"{nested}.", inner, features)
        self._extends(file, f"{nested}.", message.extends, features)

    def _entry(self, file: File, within: str, field: Field, outer: Features) -> None:
        """Add the message that an entry of a map is on the wire."""
        nested = f"{within}.{entry_name(field.name)}"
        full = _full(file, nested)
        features = inherited(outer, field.options)
        sides = {
            1: Field(name="key", line=field.line, number=1, type=field.key),
            2: Field(name="value", line=field.line, number=2, type=field.type),
        }
        self.messages[full] = MessageInfo(
            node=Message(
                name=entry_name(field.name), line=field.line, fields=tuple(sides.values())
            ),
            file=file,
            full_name=full,
            nested_name=nested,
            features=features,
            of_map=True,
            fields={
                number: self._field(file, nested, side, full, features, of_map=True)
                for number, side in sides.items()
            },
        )

    def _field(  # noqa: PLR0913 - a field, where it stands, and what is in force there
        self,
        file: File,
        within: str,
        field: Field,
        holder: str,
        features: Features,
        *,
        extension: bool = False,
        of_map: bool = False,
    ) -> FieldInfo:
        nested = f"{within}.{field.name}" if within else field.name
        kind, type_name = self._type(file, within, field)
        delimited = features["message_encoding"] == "DELIMITED" and not (field.key or of_map)
        if kind == "message" and (field.group or delimited):
            kind = "group"
        return FieldInfo(
            node=field,
            file=file,
            full_name=_full(file, nested),
            nested_name=nested,
            holder=holder,
            kind=kind,
            type_name=type_name,
            cardinality=_cardinality(field, kind, features, extension=extension),
            features=features,
            extension=extension,
            of_map=of_map,
        )

    def _type(self, file: File, within: str, field: Field) -> tuple[str, str]:
        if field.key:
            return "message", f"{_full(file, within)}.{entry_name(field.name)}"
        if field.type in SCALARS:
            return field.type, ""
        return self._named(file, within, field.type, field.line)

    def _named(self, file: File, within: str, name: str, line: int) -> tuple[str, str]:
        scope = _full(file, within) if within else file.package
        found = self.names.resolve(file.name, scope, name)
        if found:
            return found[1], found[0]
        there = self.names.elsewhere(scope, name)
        message = f"{name} is not defined" + (f"; import {there}, which has it" if there else "")
        self.faults.append(
            Fault(rule="type-unknown", path=file.name, line=line, about=name, message=message)
        )
        return "unknown", name

    def _service(self, file: File, service: Service) -> None:
        full = _full(file, service.name)
        methods: dict[str, MethodInfo] = {}
        for method in service.methods:
            sides = [
                self._named(file, service.name, name, method.line)
                for name in (method.request, method.response)
            ]
            for kind, name in sides:
                if kind == "enum":
                    message = f"{name} is an enum; an RPC takes and returns messages"
                    self._fault("rpc-type", file, method.line, f"{full}.{method.name}", message)
            methods[method.name] = MethodInfo(
                node=method,
                file=file,
                full_name=f"{full}.{method.name}",
                request=sides[0][1],
                response=sides[1][1],
            )
        self.services[full] = ServiceInfo(node=service, file=file, full_name=full, methods=methods)

    def _extends(self, file: File, around: str, extends: Iterable[Extend], outer: Features) -> None:
        within = around.removesuffix(".")
        for extend in extends:
            _, extendee = self._named(file, within, extend.extendee, extend.line)
            for field in extend.fields:
                info = self._field(
                    file, within, field, extendee, inherited(outer, field.options), extension=True
                )
                known = self.extensions.setdefault((extendee, field.number), info)
                if known is not info:
                    message = f"{extendee} is extended with {field.number} already"
                    message = f"{message}, by {known.full_name}"
                    self._fault("number-taken", file, field.line, info.full_name, message)

    def _fault(self, rule: str, file: File, line: int, about: str, message: str) -> None:
        self.faults.append(
            Fault(rule=rule, path=file.name, line=line, about=about, message=message)
        )


def _full(file: File, nested: str) -> str:
    return f"{file.package}.{nested}" if file.package else nested


def _cardinality(field: Field, kind: str, features: Features, *, extension: bool) -> Cardinality:
    if field.key:
        return "map"
    if field.label == "repeated":
        return "repeated"
    if field.label == "required" or features["field_presence"] == "LEGACY_REQUIRED":
        return "required"
    told = extension or field.label == "optional" or field.oneof or kind in {"message", "group"}
    return "explicit" if told or features["field_presence"] == "EXPLICIT" else "implicit"
