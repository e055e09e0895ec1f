"""What a file or a package had and has no more."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from governance.compatibility.protobuf.change import Change
from governance.contract.protobuf.schema import MessageInfo, Schema
from governance.contract.protobuf.syntax import File


class Named(Protocol):
    @property
    def file(self) -> File: ...
    @property
    def nested_name(self) -> str: ...
    @property
    def full_name(self) -> str: ...


_Messages = Mapping[tuple[str, str], MessageInfo]
"""By file or package, and the name within."""


def removals(old: Schema, new: Schema) -> Iterator[Change]:
    yield from _files(old, new)
    yield from _packages(old, new)
    by_file = {(one.file.name, one.nested_name): one for one in new.messages.values()}
    by_package = {(one.file.package, one.nested_name): one for one in new.messages.values()}
    before, after = _kinds(old), _kinds(new)
    for kind in before:
        yield from _from_files(kind, before[kind], after[kind], new, by_file)
        near = by_package if kind == "message" else by_file
        yield from _from_packages(kind, before[kind], after[kind], new, near)


def _files(old: Schema, new: Schema) -> Iterator[Change]:
    for path, file in old.files.items():
        if path not in new.files:
            said = f"the file {path} is gone"
            yield Change(rule="FILE_NO_DELETE", about=path, said=said, package=file.package)


def _packages(old: Schema, new: Schema) -> Iterator[Change]:
    left = {file.package for file in new.files.values()}
    for package in sorted({file.package for file in old.files.values()} - left):
        said = f"the package {package} is gone" if package else "nothing is without a package now"
        yield Change(rule="PACKAGE_NO_DELETE", about=package, said=said, package=package)


def _kinds(schema: Schema) -> dict[str, list[Named]]:
    return {
        "message": [*schema.messages.values()],
        "enum": [*schema.enums.values()],
        "extension": [*schema.extensions.values()],
        "service": [*schema.services.values()],
    }


def _from_files(
    kind: str, before: list[Named], after: list[Named], new: Schema, messages: _Messages
) -> Iterator[Change]:
    there = {(one.file.name, one.nested_name) for one in after}
    for one in before:
        path = one.file.name
        if path in new.files and (path, one.nested_name) not in there:
            near = _around(path, one.nested_name, messages)
            said = f"the {kind} {one.full_name} is gone from {path}"
            yield Change(
                rule=f"{kind.upper()}_NO_DELETE",
                about=one.full_name,
                said=said,
                path=path,
                line=near.node.line if near else 0,
                package=one.file.package,
            )


def _from_packages(
    kind: str, before: list[Named], after: list[Named], new: Schema, messages: _Messages
) -> Iterator[Change]:
    """A package that is gone as a whole is told once, not name by name."""
    there = {(one.file.package, one.nested_name) for one in after}
    left = {file.package for file in new.files.values()}
    for one in before:
        package, path = one.file.package, one.file.name
        if package not in left or (package, one.nested_name) in there:
            continue
        scope = package if kind == "message" else path
        near = _around(scope, one.nested_name, messages) if path in new.files else None
        where = f"the package {package}" if package else "all that has no package"
        yield Change(
            rule=f"PACKAGE_{kind.upper()}_NO_DELETE",
            about=one.full_name,
            said=f"the {kind} {one.full_name} is gone from {where}",
            path=near.file.name if near else path if path in new.files else "",
            line=near.node.line if near else 0,
            package=package,
        )


def _around(scope: str, nested: str, messages: _Messages) -> MessageInfo | None:
    """Return the innermost message around *nested* that is still there."""
    while "." in nested:
        nested = nested.rpartition(".")[0]
        if (scope, nested) in messages:
            return messages[scope, nested]
    return None
