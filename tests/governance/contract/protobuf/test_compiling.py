"""What is compiled here is what `protoc` wrote, and as text again it compiles to the same."""

from importlib import import_module
from pathlib import Path

import google.api
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

from governance.contract.protobuf.compiling import compiled, normal
from governance.contract.protobuf.definitions import Definitions
from governance.contract.protobuf.document import ALONE
from governance.contract.protobuf.linking import link
from governance.contract.protobuf.parsing import parse
from governance.contract.protobuf.printing import printed

ROOT = Path(google.api.__path__[0]).parents[1]
TEXTS = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in sorted(ROOT.glob("google/*/*.proto"))
    if path.parent.name in {"api", "rpc", "type", "longrunning"}
}
COMPILED = {
    path: FileDescriptorProto.FromString(
        import_module(
            path.removesuffix(".proto").replace("/", ".") + "_pb2"
        ).DESCRIPTOR.serialized_pb
    )
    for path in TEXTS
}
OLD = """
syntax = "proto2";
package ps;
import "google/protobuf/descriptor.proto";
extend google.protobuf.FieldOptions { optional Mark mark = 50001; repeated string tag = 50002; }
message Mark { optional string owner = 1; map<string, int32> ranks = 2; }
message Hours {
  reserved 20 to 29, 40 to max;
  reserved "gone";
  message Before { optional int32 n = 1; }
  map<string, Before> days = 1;
  message Between { optional .ps.Mark mark = 1; }
  repeated group Line = 2 { optional double hours = 1 [default = 1.5]; }
  map<int32, Kind> kinds = 3;
  message After { extensions 100 to 199; }
  extend After { optional Before more = 100; }
  enum Kind { option allow_alias = true; BILLABLE = 0; BILLED = 0; INTERNAL = -1; }
  oneof of { option (gone.option) = { a: 1 }; string project = 5; Between engagement = 6; }
  optional string note = 7 [default = "a \\"b\\"\\n", json_name = "remark", (mark) = {
    owner: "finance", ranks: { key: "a", value: 1 } }, (ps.tag) = "x", (ps.tag) = "y"];
  optional bytes digest = 8 [default = "\\001"];
  optional Kind kind = 9 [default = INTERNAL, deprecated = true];
  optional float far = 10 [default = -inf];
}
service Billing { rpc Bill(stream Hours) returns (Mark) { option deprecated = true; } }
"""


def file_of(text: str) -> FileDescriptorProto:
    schema = link({ALONE: parse(ALONE, text)})
    assert not schema.faults
    return compiled(schema, ALONE, {})


def content(file: FileDescriptorProto) -> bytes:
    return normal(file).SerializeToString(deterministic=True)


def test_a_compiled_file_is_what_the_compiler_of_google_made_of_it():
    schema = link({path: parse(path, text) for path, text in TEXTS.items()})
    assert len(TEXTS) > 50
    for path, theirs in COMPILED.items():
        wanted = Definitions(theirs, COMPILED).empty()
        wanted.MergeFromString(theirs.SerializeToString())
        assert content(compiled(schema, path, COMPILED)) == content(wanted), path


def test_a_compiled_file_as_text_compiles_to_the_same():
    names = {path: parse(path, printed(one)) for path, one in COMPILED.items()}
    schema = link(names)
    for path, theirs in COMPILED.items():
        again = FileDescriptorProto.FromString(compiled(schema, path, COMPILED).SerializeToString())
        same = FileDescriptorProto.FromString(theirs.SerializeToString())
        if "google/api/annotations.proto" not in theirs.dependency:  # those set options of it
            assert content(again) == content(same), path


def test_all_that_proto2_can_say_stands_in_the_text_of_its_descriptor():
    file = file_of(OLD)
    text = printed(file)
    assert content(file_of(text)) == content(file)
    assert "repeated group Line = 2" in text
    assert '(ps.mark) = { owner: "finance" ranks { key: "a" value: 1 } }' in text


def test_messages_have_the_places_that_a_compiler_gives_them():
    hours: DescriptorProto = file_of(OLD).message_type[1]
    places = [one.name for one in hours.nested_type]
    assert places == ["Before", "DaysEntry", "Between", "Line", "KindsEntry", "After"]


def test_an_optional_field_of_proto3_has_a_oneof_of_its_own():
    file = file_of('syntax = "proto3"; message A { optional int32 b = 1; int32 _b = 2; }')
    assert [one.name for one in file.message_type[0].oneof_decl] == ["X_b"]


def test_an_edition_is_kept_with_its_features():
    file = file_of(
        'edition = "2023"; option features.field_presence = IMPLICIT;'
        "message A { int32 b = 1 [features.field_presence = LEGACY_REQUIRED]; }"
    )
    assert content(file_of(printed(file))) == content(file)
    assert file.options.features.field_presence == 2
