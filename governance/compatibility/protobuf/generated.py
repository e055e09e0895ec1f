"""What a generator makes of a field: text in C++ and Java, 64-bit numbers in JavaScript."""

from collections.abc import Iterator

from governance.compatibility.protobuf.change import Change, field_changed
from governance.contract.protobuf.features import line_of
from governance.contract.protobuf.schema import FieldInfo

_LONG = frozenset({"int64", "uint64", "sint64", "fixed64", "sfixed64"})
_TEXTS = frozenset({"string", "bytes"})
_CPP, _JAVA, _UTF8 = "(pb.cpp).string_type", "(pb.java).utf8_validation", "utf8_validation"
_PIECE = "STRING_PIECE"


def compare_generated(old: FieldInfo, new: FieldInfo) -> Iterator[Change]:
    kinds = {old.kind, new.kind}
    if kinds <= _LONG:
        unset = "JS_NORMAL"
        before, after = old.node.says("jstype", unset), new.node.says("jstype", unset)
        yield from _same("JSTYPE", "jstype", new, before, after)
    if kinds <= _TEXTS and not (old.of_map and new.of_map):
        before, after = _cpp(old), _cpp(new)
        if (before, after) != (_PIECE, "STRING"):  # a STRING takes its place in C++
            yield from _same("CPP_STRING_TYPE", _CPP, new, before, after)
    if kinds == {"string"}:
        yield from _same("JAVA_UTF8_VALIDATION", _JAVA, new, _java(old), _java(new))
        yield from _same("UTF8_VALIDATION", _UTF8, new, old.features[_UTF8], new.features[_UTF8])


def _cpp(field: FieldInfo) -> str:
    """Return how C++ holds the text; before the edition 2024 `ctype` may say it."""
    ctype = field.node.says("ctype")
    if ctype is not None and field.file.edition != "2024":
        return str(ctype)
    return field.features[_CPP]


def _java(field: FieldInfo) -> str:
    """Return whether Java checks the text: by the file's option, then by the features."""
    unset = "unset"
    file = field.file.says("java_string_check_utf8", unset)
    if field.file.edition.startswith("proto") or file != unset:
        checked = file == "true"
    else:
        checked = field.features[_JAVA] == "VERIFY"
    return "VERIFY" if checked else field.features[_UTF8]


def _same(rule: str, name: str, new: FieldInfo, before: str, after: str) -> Iterator[Change]:
    if before != after:
        said = f"the {new.title}: {name} went from {before} to {after}"
        option = new.node.option(name)
        line = option.line if option else line_of(name, new.node.options)
        if name == _JAVA:
            whole = new.file.option("java_string_check_utf8")
            line = whole.line if whole else line
        yield field_changed(f"FIELD_SAME_{rule}", new, said, before, after, line=line)
