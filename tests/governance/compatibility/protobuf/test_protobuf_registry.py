"""What a Kafka schema registry calls a change of a schema, and whether it lets it through."""

import pytest
from protobuf_changes import P2, P3, enum, message

from governance.compatibility.protobuf.confluent import BREAKING, registry_differences

A, ONE = "int32 a = 1;", "oneof o { int32 b = 2; }"
M, N = message(A), f"{message(A)} message N {{}}"
CASES = [
    ("PACKAGE_CHANGED", f"{P3}package p;", f"{P3}package q;"),
    ("MESSAGE_REMOVED", N, M),
    ("MESSAGE_ADDED", M, N),
    ("MESSAGE_MOVED", N, message(f"{A} message N {{}}")),
    ("ENUM_ADDED", P3, enum("A = 0;")),
    ("ENUM_REMOVED", enum("A = 0;"), P3),
    ("ENUM_CONST_ADDED", enum("A = 0;"), enum("A = 0; B = 1;")),
    ("ENUM_CONST_CHANGED", enum("A = 0;"), enum("B = 0;")),
    ("ENUM_CONST_REMOVED", enum("A = 0; B = 1;"), enum("A = 0;")),
    ("FIELD_ADDED", message(""), M),
    ("FIELD_REMOVED", M, message("")),
    ("FIELD_NAME_CHANGED", M, message("int32 b = 1;")),
    ("FIELD_KIND_CHANGED", M, message("M a = 1;")),
    ("FIELD_SCALAR_KIND_CHANGED", M, message("string a = 1;")),
    ("FIELD_NAMED_TYPE_CHANGED", f"{N}".replace("int32", "N"), f"{N}".replace("int32", "M")),
    ("FIELD_NUMERIC_LABEL_CHANGED", M, message("repeated int32 a = 1;")),
    (
        "FIELD_STRING_OR_BYTES_LABEL_CHANGED",
        message("string a = 1;"),
        message("repeated string a = 1;"),
    ),
    ("REQUIRED_FIELD_ADDED", message("", P2), message("required int32 a = 1;", P2)),
    ("REQUIRED_FIELD_REMOVED", message("required int32 a = 1;", P2), message("", P2)),
    ("ONEOF_ADDED", M, message(A + ONE)),
    ("ONEOF_REMOVED", message(A + ONE), M),
    ("ONEOF_FIELD_ADDED", message(ONE), message("oneof o { int32 b = 2; int32 c = 3; }")),
    ("ONEOF_FIELD_REMOVED", message("oneof o { int32 b = 2; int32 c = 3; }"), message(ONE)),
    (
        "ONEOF_FIELD_MOVED_TO_TOP_LEVEL",
        message("oneof o { int32 b = 2; int32 c = 3; }"),
        message(f"{ONE} int32 c = 3;"),
    ),
    (
        "FIELD_MOVED_TO_EXISTING_ONEOF",
        message(A + ONE),
        message("oneof o { int32 b = 2; int32 a = 1; }"),
    ),
    (
        "MULTIPLE_FIELDS_MOVED_TO_ONEOF",
        message("int32 a = 1; int32 b = 2;"),
        message("oneof o { int32 a = 1; int32 b = 2; }"),
    ),
]


@pytest.mark.parametrize(("rule", "old", "new"), CASES)
def test_a_change_is_called_by_its_name_and_breaks_or_not(rule: str, old: str, new: str):
    levels = {one.rule: one.level for one in registry_differences(old, new)}
    assert levels[rule] == ("breaking" if rule in BREAKING else "info")
    assert {one for one, level in levels.items() if level == "breaking"} == {rule} & BREAKING
    assert registry_differences(old, old) == []


def test_every_kind_of_difference_has_its_case():
    assert len({rule for rule, _, _ in CASES}) == 26
    assert len(BREAKING) == 11


@pytest.mark.parametrize("kinds", ["int32 int64", "bool uint32", "string bytes", "bytes string"])
def test_scalars_that_are_read_for_each_other_are_no_difference(kinds: str):
    old, new = (message(f"{kind} a = 1;") for kind in kinds.split())
    assert registry_differences(old, new) == []
