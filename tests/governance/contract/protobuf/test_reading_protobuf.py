"""Protobuf text is read as a compiler reads it, and what it would refuse is said with a line."""

import random
from time import process_time

import pytest

from governance.contract.artifact import Artifact, Json
from governance.contract.protobuf.checking import check_protobuf
from governance.contract.protobuf.document import read_document
from governance.contract.protobuf.schema import Schema

WHOLE = r"""
// Orders, as the shop sends them.
edition = "2023";
package acme.shop.v1;
import public "acme/money.proto";
import "google/protobuf/timestamp.proto";
option (acme.owner) = { team: "sales" tags: ["a", 'b'] nested < x: -1.5e3; y: [{z: inf}] > };
option features.field_presence = IMPLICIT;

/* One order. */
message Order {
  option deprecated = false;
  reserved 4, 9 to 11, 100 to max;
  reserved old_name, "older";
  string id = 1 [json_name = "orderId", (acme.rule).pattern = "^\d\x41\101" "more"];
  repeated Line lines = 2;
  map<string, acme.Money> fees = 3;
  oneof payer { option (x) = true; Account account = 5; string card = 6; }
  .google.protobuf.Timestamp placed = 7;
  message Line { Kind kind = 1; enum Kind { option allow_alias = true; A = 0; B = 0x0; C = -1; } }
  export message Account {}
  extensions 50 to 60 [verification = UNVERIFIED];
}
extend Order { Order.Line more_lines = 50 [features.field_presence = EXPLICIT]; }
service Orders {
  rpc Place(stream Order) returns (stream .acme.shop.v1.Order) { option deprecated = true; };
  rpc Cancel(Order) returns (Order);
}
"""
MONEY = 'syntax = "proto3"; package acme; message Money { int64 units = 1; }'
FILES = {"acme/shop.proto": WHOLE, "acme/money.proto": MONEY}


def faults(data: Json) -> list[tuple[str, int, str]]:
    found = check_protobuf(Artifact(data, dict))
    assert {one.level for one in found} <= {"error"}
    return [(one.path, one.line, one.message) for one in found]


def schema(data: Json) -> Schema:
    document = read_document(data)
    assert document.unread == ()
    return document.schema


def test_everything_the_language_has_is_read():
    read = schema(FILES)
    assert read.faults == ()
    order = read.messages["acme.shop.v1.Order"]
    assert order.node.comment == "One order."
    assert [str(one) for one in order.node.reserved] == ["4", "9 to 11", "100 to 536870911"]
    assert order.node.reserved_names == ("old_name", "older")
    told = {
        field.node.name: (field.kind, field.type_name, field.cardinality)
        for field in order.fields.values()
    }
    assert told == {
        "id": ("string", "", "implicit"),
        "lines": ("message", "acme.shop.v1.Order.Line", "repeated"),
        "fees": ("message", "acme.shop.v1.Order.FeesEntry", "map"),
        "account": ("message", "acme.shop.v1.Order.Account", "explicit"),
        "card": ("string", "", "explicit"),
        "placed": ("message", "google.protobuf.Timestamp", "explicit"),
    }
    assert order.fields[1].json_name == "orderId"
    assert order.fields[1].node.says("(acme.rule).pattern") == "^dAAmore"
    assert read.messages["acme.shop.v1.Order.FeesEntry"].fields[2].type_name == "acme.Money"
    assert read.extensions["acme.shop.v1.Order", 50].cardinality == "explicit"
    kind = read.enums["acme.shop.v1.Order.Line.Kind"]
    assert kind.numbers == {0: ("A", "B"), -1: ("C",)}
    place = read.services["acme.shop.v1.Orders"].methods["Place"]
    assert (place.request, place.response) == ("acme.shop.v1.Order",) * 2
    assert place.node.client_streaming
    assert place.node.server_streaming
    assert read.files["acme/shop.proto"].says("(acme.owner)") == {
        "team": "sales",
        "tags": ["a", "b"],
        "nested": {"x": -1500.0, "y": [{"z": "inf"}]},
    }


def test_a_name_means_what_stands_nearest():
    text = """syntax = "proto3"; package a.b;
    message M { N near = 1; .N far = 2; b.N around = 3; message N {} }
    message N {}"""
    read = schema({"m.proto": text, "n.proto": 'syntax = "proto3"; message N {}'})
    names = [field.type_name for field in read.messages["a.b.M"].fields.values()]
    assert names == ["a.b.M.N", ".N", "a.b.N"]
    assert [one.message for one in read.faults] == [
        ".N is not defined; import n.proto, which has it"
    ]


def test_a_public_import_is_passed_on_and_a_plain_one_is_not():
    files = {
        "a.proto": 'syntax = "proto3"; import "b.proto"; message A { M m = 1; }',
        "b.proto": 'syntax = "proto3"; import public "c.proto";',
        "c.proto": 'syntax = "proto3"; message M {}',
    }
    assert faults(files) == []
    hidden = files | {"b.proto": files["b.proto"].replace("public ", "")}
    assert faults(hidden) == [("a.proto", 1, "M is not defined; import c.proto, which has it")]


def test_imports_that_lead_in_a_ring_or_nowhere_are_refused():
    ring = {
        "a.proto": '\nimport "b.proto";',
        "b.proto": 'import "a.proto";\nimport "x/y.proto";',
    }
    assert faults(ring) == [
        ("b.proto", 2, "x/y.proto is imported and is not here; add it to the document"),
        ("b.proto", 1, "the imports lead in a ring: a.proto → b.proto → a.proto"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("message A {\n  int32 a 1;\n}", 2, "'=' is expected before '1'"),
        ("message A {\n", 2, "a block that does not end"),
        ("message A {\n  int32 a = 1\n}", 3, "';' is expected before '}'"),
        ("\nmessage 'A' {}", 2, "the name of the message is expected before \"'A'\""),
        ("\n\nstruct A {}", 3, "'struct' begins no statement of a file"),
        ('syntax = "proto4";', 1, "the syntax 'proto4' is neither proto2 nor proto3"),
        ('edition = "1999";', 1, "the edition '1999' is not 2023 or 2024"),
        ("/* never\nended", 1, "a comment that does not end"),
        ('option a = "never\nended";', 1, "a text that does not end on its line"),
        ("message A { reserved 9 to 3; }", 1, "the range 9 to 3 is empty"),
        (
            "message A { oneof o { repeated int32 a = 1; } }",
            1,
            "a field of a oneof has no 'repeated'",
        ),
        ("message A { oneof o { map<int32, A> a = 1; } }", 1, "a map has no 'oneof'"),
        ("option a = {b: [1};", 1, "']' is expected before '}'"),
        ("message M {} §", 1, "'§' is no Protobuf"),
        ("message " + "A" * 300 + " {}", 1, "a name of more than 255 letters"),
        ("package " + "a." * 40 + "a;", 1, "a name of more than 32 parts"),
        ("message A {" * 200_000, 1, "nested deeper than 32 levels"),
        ("option a = " + "{a:" * 200_000, 1, "nested deeper than 32 levels"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(text: str, line: int, message: str):
    assert faults(text) == [("schema.proto", line, message)]


def test_a_name_has_one_meaning():
    text = "message A { optional int32 a = 1; oneof a { int32 b = 2; } }\nenum A { X = 0; }"
    assert faults(text) == [
        ("schema.proto", 1, "A.a is the name of another field already"),
        ("schema.proto", 2, "A is the name of another message already"),
    ]


@pytest.mark.parametrize("data", [None, [], 7, {"a.proto": 1}, {}, {"a.txt": ""}])
def test_what_is_no_protobuf_document_is_refused(data: Json):
    assert len(faults(data)) == 1


def test_any_text_is_answered():
    draw = random.Random(7)
    words = ["message", "enum", "extend", "oneof", "map", "group", "option", "{", "}", "=", ";"]
    words += [
        "[",
        "]",
        "(",
        ")",
        "<",
        ">",
        "1",
        '"a"',
        "a.b",
        ".",
        ",",
        "-",
        "to",
        "reserved",
        "/*",
    ]
    for _ in range(600):
        faults(" ".join(draw.choice(words) for _ in range(draw.randint(1, 40))))
    for _ in range(200):
        cut, to = sorted(draw.randrange(len(WHOLE)) for _ in "ab")
        faults({**FILES, "acme/shop.proto": WHOLE[:cut] + WHOLE[to:]})


def test_time_grows_with_the_text_only():
    def seconds(fields: int) -> float:
        text = "".join(f"optional X{n}.Y f{n} = {n + 1};" for n in range(fields))
        start = process_time()
        assert len(schema(f"message A {{ {text} }}").faults) == fields
        return process_time() - start

    seconds(500)
    assert seconds(8_000) < 30 * seconds(1_000)
