"""Each thing that a compiler refuses is an error of the field or value that it is about."""

import pytest

from governance.contract.protobuf.document import read_document

P3, ED = 'syntax = "proto3"; ', 'edition = "2023"; '
EXTENDED = "message M { extensions 5; } extend M { "


def said(text: str) -> list[str]:
    document = read_document(text)
    assert document.unread == ()
    return [one.message for one in document.schema.faults]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("message M { int32 a = 0; }", "M.a: 0 is no number of a field: 1 to 536870911 are"),
        (
            "message M { int32 a = 1; int32 b = 1; }",
            "M.b: 1 is the number of another field already",
        ),
        ("message M { int32 a = 4; reserved 2 to 5; }", "M.a: the number 4 is reserved"),
        ("message M { int32 a = 4; reserved 'a'; }", "M.a: the name a is reserved"),
        ("message M { required int32 a = 4; }", "M.a: there is no 'required' in proto3"),
        ("message M { int32 a = 4 [default = 1]; }", "M.a: there are no defaults in proto3"),
        ("message M { map<float, int32> a = 4; }", "M.a: float cannot be the key of a map"),
        ("message M { optional group A = 4 {} }", "M.a: there are no groups in proto3"),
        ("enum E { A = 1; }", "E: the first value of an open enum is 0"),
        ("enum E {}", "E: an enum has one value at least"),
        ("enum E { A = 0; reserved 2, -3 to 0; }", "E.A: the number 0 is reserved"),
        ("enum E { A = 0; reserved 'A'; }", "E.A: the name A is reserved"),
        (
            "enum E { A = 0; B = 0; }",
            "E.B: 0 is the number of another value; allow_alias permits it",
        ),
        (
            "message M { int32 a = 19500; }",
            "M.a: 19500 is kept for implementations, as all from 19000 to 19999 are",
        ),
    ],
)
def test_what_proto3_does_not_take_is_said(text: str, message: str):
    assert said(P3 + text) == [message]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("message M { int32 a = 1; }", "M.a: a field of proto2 is optional, required or repeated"),
        (f"{EXTENDED} optional int32 x = 6; }}", "x: M leaves no number 6 to extensions"),
        (f"{EXTENDED} required int32 x = 5; }}", "x: an extension is never required"),
        (
            "message M { extensions 5; optional int32 a = 5; }",
            "M.a: the number 5 is left to extensions",
        ),
        (
            f"{EXTENDED} optional int32 x = 5; optional int32 y = 5; }}",
            "M is extended with 5 already, by x",
        ),
    ],
)
def test_what_proto2_does_not_take_is_said(text: str, message: str):
    assert said(text) == [message]


def test_an_edition_has_features_for_labels():
    assert said(f"{ED}message M {{ optional int32 a = 1; }}") == [
        "M.a: there is no 'optional' in 2023"
    ]


def test_what_is_right_has_no_fault():
    assert said(f"{EXTENDED} optional int32 x = 5; }} enum E {{ A = 7; B = 2; }}") == []
    options = 'import "google/protobuf/descriptor.proto"; extend google.protobuf.FieldOptions'
    assert said(f"{P3}{options} {{ string owner = 50001; }}") == []
