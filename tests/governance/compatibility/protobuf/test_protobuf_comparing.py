"""What a change of a schema means for generated code, for JSON and for the wire."""

import pytest
from protobuf_changes import ED, P2, P3, broken, enum, found, message, rules

from governance.compatibility.comparison import concluded
from governance.compatibility.protobuf.differences import differences

ORDER = {"shop/order.proto": f"{P3}package shop;\nmessage Order {{\n  int32 total = 1;\n}}\n"}
TEXT = {"shop/order.proto": f"{P3}package shop;\nmessage Order {{\n  string total = 1;\n}}\n"}


def test_a_finding_says_what_changed_where_and_from_what_to_what():
    told = concluded(found(ORDER, TEXT))
    assert told.verdict == "incompatible"
    first = told.findings[0]
    assert (first.rule, first.level) == ("FIELD_SAME_TYPE", "breaking")
    assert first.message == "the field shop.Order.total (1): its type went from int32 to string"
    assert (first.path, first.line) == ("shop/order.proto", 3)
    assert first.pointer == "/shop~1order.proto"
    assert (first.before, first.after) == ("int32", "string")
    assert [one.level for one in told.findings[1:]] == ["info", "info"]


def test_a_renamed_field_is_the_same_on_the_wire_and_another_in_json():
    old, new = message("int32 due = 1;"), message("int32 due_on = 1;")
    assert broken(old, new, "WIRE") == set()
    assert broken(old, new, "WIRE_JSON") == {"FIELD_SAME_NAME", "FIELD_SAME_JSON_NAME"}


def test_a_field_may_go_when_its_number_and_name_are_kept_for_nobody():
    old = message("int32 a = 1; int32 b = 2;")
    assert broken(old, message("int32 a = 1; reserved 2; reserved 'b';"), "WIRE_JSON") == set()
    assert broken(old, message("int32 a = 1; reserved 2;"), "WIRE") == set()
    assert broken(old, message("int32 a = 1;"), "WIRE") != set()


def test_what_is_added_breaks_nobody():
    new = message("int32 a = 1; string more = 2; oneof o { int32 x = 3; } enum E { A = 0; }")
    assert rules(message("int32 a = 1;"), new) == set()


def test_a_lenient_policy_guards_what_is_sent_and_tells_the_rest():
    levels = {one.rule: one.level for one in found(enum("A = 0;"), P3, "lenient")}
    assert levels == {"ENUM_NO_DELETE": "info", "PACKAGE_ENUM_NO_DELETE": "info"}


def test_a_message_moved_to_another_file_of_its_package_breaks_files_only():
    moved = {"a.proto": f"{P3}package p;", "b.proto": f"{P3}package p; message M {{}}"}
    old = {"a.proto": moved["b.proto"]}
    assert broken(old, moved, "FILE") == {"MESSAGE_NO_DELETE"}
    assert broken(old, moved, "PACKAGE") == set()


@pytest.mark.parametrize(
    ("before", "after", "same_in"),
    [
        ("int32", "uint32", "WIRE WIRE_JSON"),
        ("int64", "uint64", "WIRE WIRE_JSON"),
        ("fixed32", "sfixed32", "WIRE WIRE_JSON"),
        ("int32", "int64", "WIRE"),
        ("bool", "int32", "WIRE"),
        ("sint32", "sint64", "WIRE"),
        ("string", "bytes", "WIRE"),
        ("bytes", "string", ""),
        ("float", "double", ""),
        ("E", "int32", ""),
        ("N", "bytes", ""),
    ],
)
def test_types_that_are_sent_alike_may_take_each_others_place(
    before: str, after: str, same_in: str
):
    old, new = (
        message(f"{kind} a = 1; enum E {{ A = 0; }} message N {{}}") for kind in (before, after)
    )
    same = [name for name in ("WIRE", "WIRE_JSON") if broken(old, new, name) == set()]
    assert same == same_in.split()


def test_an_enum_may_move_when_it_keeps_its_name_and_values():
    old = f"{P3}enum E {{ A = 0; }} message M {{ E e = 1; }}"
    new = f"{P3}message M {{ E e = 1; enum E {{ Z = 0; }} }}"
    assert "FIELD_WIRE_COMPATIBLE_TYPE" in broken(old, new, "WIRE")
    kept = new.replace("Z = 0", "A = 0; B = 1")
    assert "FIELD_WIRE_COMPATIBLE_TYPE" not in broken(old, kept, "WIRE")


def test_what_an_edition_says_by_features_is_what_a_syntax_said_by_words():
    old = message("required int32 a = 1; optional string b = 2; optional group G = 3 {}", P2)
    new = message(
        "int32 a = 1 [features.field_presence = LEGACY_REQUIRED]; string b = 2; message G {}"
        " G g = 3 [features.message_encoding = DELIMITED];",
        ED + "option features = { utf8_validation: NONE json_format: LEGACY_BEST_EFFORT }; ",
    )
    assert broken(old, new, "FILE") == {"FILE_SAME_SYNTAX"}


def test_numbers_set_aside_may_be_written_in_other_ranges():
    old = message("reserved 2, 5 to 9, 20 to max;")
    assert rules(old, message("reserved 2 to 6; reserved 7 to max;")) == set()
    told = found(old, message("reserved 2, 6, 8 to 9, 20 to 30;"))
    assert [one.message for one in told] == [
        "M: of the reserved numbers 5 to 9, 5, 7 are gone",
        "M: of the reserved numbers 20 to 536870911, 31 to 536870911 are gone",
    ]


def test_a_default_written_another_way_is_the_same_default():
    def of(kind: str, value: str) -> str:
        return message(f"optional {kind} a = 1 [default = {value}];", P2)

    for kind, before, after in (
        ("int32", "16", "0x10"),
        ("double", "1.5", "15e-1"),
        ("bytes", '"\\x41"', '"A"'),
        ("float", "inf", "inf"),
    ):
        assert rules(of(kind, before), of(kind, after)) == set()
    assert "FIELD_SAME_DEFAULT" not in rules(of("float", "0.1"), of("double", "0.1"))
    assert rules(of("int32", "1"), of("int32", "-1")) == {"FIELD_SAME_DEFAULT"}


def test_extensions_are_found_again_by_number_wherever_they_stand():
    base = "message M { extensions 100 to max; } "
    old = f"{P2}{base}extend M {{ optional int32 x = 100; }}"
    new = f"{P2}{base}message N {{ extend M {{ optional string x = 100; }} }}"
    assert {"FIELD_SAME_NAME", "FIELD_SAME_TYPE", "EXTENSION_NO_DELETE"} <= rules(old, new)


def test_a_settings_file_says_what_is_asked_and_of_what():
    settings = "version: v1\nbreaking:\n  use: [FILE]\n  except: [FIELD_SAME_TYPE]\n"
    assert found(ORDER, TEXT | {"buf.yaml": settings}) == []
    ignoring = "version: v1\nbreaking:\n  ignore: [shop]\n"
    assert found(ORDER, TEXT | {"buf.yaml": ignoring}) == []
    only = "version: v1\nbreaking:\n  ignore_only:\n    FIELD_SAME_TYPE: [shop/order.proto]\n"
    assert found(ORDER, TEXT | {"buf.yaml": only}) == []
    other = {"buf.yaml": only.replace("shop/order", "shop/other")}
    assert [one.rule for one in found(ORDER, TEXT | other)] == ["FIELD_SAME_TYPE"]


def test_a_package_that_is_not_stable_may_be_left_alone():
    old = {"a.proto": f"{P3}package a.v1beta1; message M {{}}"}
    left = {"b.proto": f"{P3}package b.v1;"}
    settings = {"buf.yaml": "breaking: {use: [PACKAGE], ignore_unstable_packages: true}"}
    assert found(old | left, left | settings) == []
    stable = {"a.proto": old["a.proto"].replace("v1beta1", "v1")}
    assert rules(stable | left, left | settings) == {"PACKAGE_NO_DELETE"}


def test_who_has_the_older_files_passes_over_what_was_added_and_trips_over_what_changed():
    more = message("int32 a = 1; string b = 2; reserved 9; enum E { A = 0; }")
    old = message("int32 a = 1;")
    assert differences(more, old, forward=True) == []
    told = differences(message("sint32 a = 1; string b = 2;"), old, forward=True)
    assert [one.rule for one in told if one.level == "breaking"] == ["FIELD_SAME_TYPE"]


def test_what_cannot_be_read_is_said_and_nothing_is_compared():
    torn = {"shop/order.proto": "syntax = 'proto3';\nmessage Order {\n  int32 = 1;\n}"}
    [newer] = found(ORDER, torn)
    assert (newer.level, newer.path, newer.line) == ("error", "shop/order.proto", 3)
    [older] = found(torn, ORDER)
    assert older.level == "not_evaluated"
    assert "shop/order.proto:3" in older.message
    assert concluded([older]).verdict == concluded([newer]).verdict == "not_evaluated"


def test_a_change_of_everything_is_cut_off_and_said_to_be():
    old = enum(" ".join(f"V{n} = {n};" for n in range(11_000)))
    told = concluded(found(old, enum("V0 = 0;")))
    assert told.verdict == "incompatible"
    assert len(told.findings) == 10_001
    assert "comparison-incomplete" in {one.rule for one in told.findings}
