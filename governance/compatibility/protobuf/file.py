"""One file before and after: its package, its syntax, and the options that generators read."""

from collections.abc import Iterator

from governance.compatibility.protobuf.change import Change
from governance.contract.protobuf.syntax import File

_OPTIONS: dict[str, str] = {
    "cc_enable_arenas": "true",
    "cc_generic_services": "false",
    "csharp_namespace": "",
    "go_package": "",
    "java_generic_services": "false",
    "java_multiple_files": "false",
    "java_outer_classname": "",
    "java_package": "",
    "objc_class_prefix": "",
    "optimize_for": "SPEED",
    "php_class_prefix": "",
    "php_metadata_namespace": "",
    "php_namespace": "",
    "py_generic_services": "false",
    "ruby_package": "",
    "swift_prefix": "",
}
"""Option → what holds when nothing is said."""


def compare_files(old: File, new: File) -> Iterator[Change]:
    yield from _same("PACKAGE", "package", new, new.package_line, old.package, new.package)
    yield from _same("SYNTAX", "syntax", new, new.edition_line, _syntax(old), _syntax(new))
    for name, unsaid in _OPTIONS.items():
        option = new.option(name)
        before, after = old.says(name, unsaid), option.value if option else unsaid
        line = option.line if option else 0
        yield from _same(name.upper(), f"option {name}", new, line, before, after)


def _syntax(file: File) -> str:
    return file.edition if file.edition.startswith("proto") else "editions"


def _same(  # noqa: PLR0913, PLR0917 - a rule, what it is of, where, and both values
    rule: str, what: str, new: File, line: int, before: str, after: str
) -> Iterator[Change]:
    if before != after:
        yield Change(
            rule=f"FILE_SAME_{rule}",
            about=what,
            said=f"{new.name}: the {what} went from {before or 'none'} to {after or 'none'}",
            path=new.name,
            line=line,
            package=new.package,
            before=before,
            after=after,
        )
