"""For every rule of a Protobuf comparison, the smallest change that it is about."""

from governance.compatibility.comparison import Policy
from governance.compatibility.protobuf.differences import differences
from governance.contract.artifact import Json
from governance.contract.finding import Finding

Pair = tuple[Json, Json]

P2, P3, ED = 'syntax = "proto2"; ', 'syntax = "proto3"; ', 'edition = "2023"; '
CPP = 'import "google/protobuf/cpp_features.proto"; '
JAVA = 'import "google/protobuf/java_features.proto"; '


def found(old: Json, new: Json, policy: Policy = "strict") -> list[Finding]:
    return differences(old, new, policy)


def rules(old: Json, new: Json, policy: Policy = "strict") -> set[str]:
    return {finding.rule for finding in differences(old, new, policy)}


def broken(old: Json, new: Json, category: str) -> set[str]:
    """Return the rules that *new* breaks where the whole of *category* is asked."""
    files = {"a.proto": new} if isinstance(new, str) else new
    before = {"a.proto": old} if isinstance(old, str) else old
    asked = {"buf.yaml": f"version: v2\nbreaking:\n  use: [{category}]\n"}
    return {one.rule for one in differences(before, files | asked) if one.level == "breaking"}


def message(body: str, syntax: str = P3) -> str:
    return f"{syntax}message M {{ {body} }}"


def enum(body: str, syntax: str = P3) -> str:
    return f"{syntax}enum E {{ {body} }}"


def service(rpc: str) -> str:
    return f"{P3}message A {{}} message B {{}} service S {{ {rpc} }}"


def _option(name: str, before: str, after: str) -> Pair:
    return f"{P3}option {name} = {before};", f"{P3}option {name} = {after};"


def _text(name: str) -> Pair:
    return _option(name, '"a"', '"b"')


def _flag(name: str) -> Pair:
    return _option(name, "true", "false")


AB = enum("A = 0; B = 1;")
FIELD = message("int32 a = 1; string b = 2;")
RPC = service("rpc R(A) returns (A);")
TWO = {"a.proto": f"{P3}package p; message M {{}}", "b.proto": f"{P3}package q;"}
LEFT = f"{P3}package p; message Left {{}}"
MAX = "extensions 100 to max;"

CHANGES: dict[str, Pair] = {
    "EXTENSION_NO_DELETE": (
        message(MAX, P2) + " extend M { optional int32 x = 100; }",
        message(MAX, P2),
    ),
    "SERVICE_NO_DELETE": (RPC, service("").replace("service S {  }", "")),
    "ENUM_NO_DELETE": (AB, P3),
    "FILE_NO_DELETE": (TWO, {"a.proto": TWO["a.proto"]}),
    "MESSAGE_NO_DELETE": (FIELD, P3),
    "ENUM_SAME_TYPE": (
        enum("A = 0;", ED),
        enum("option features.enum_type = CLOSED; A = 0;", ED),
    ),
    "FIELD_SAME_CARDINALITY": (message("int32 a = 1;"), message("optional int32 a = 1;")),
    "FIELD_SAME_CPP_STRING_TYPE": (
        message("string a = 1;"),
        message("string a = 1 [ctype = CORD];"),
    ),
    "FIELD_SAME_JAVA_UTF8_VALIDATION": (
        message("string a = 1;", ED + JAVA + "option features.utf8_validation = NONE; "),
        message(
            "string a = 1 [features.(pb.java).utf8_validation = VERIFY];",
            ED + JAVA + "option features.utf8_validation = NONE; ",
        ),
    ),
    "FIELD_SAME_JSTYPE": (message("int64 a = 1;"), message("int64 a = 1 [jstype = JS_STRING];")),
    "FIELD_SAME_UTF8_VALIDATION": (
        message("string a = 1;", ED),
        message("string a = 1 [features = { utf8_validation: NONE }];", ED),
    ),
    "FILE_SAME_CC_ENABLE_ARENAS": (P3, P3 + "option cc_enable_arenas = false;"),
    "FILE_SAME_CC_GENERIC_SERVICES": _flag("cc_generic_services"),
    "FILE_SAME_CSHARP_NAMESPACE": _text("csharp_namespace"),
    "FILE_SAME_GO_PACKAGE": _text("go_package"),
    "FILE_SAME_JAVA_GENERIC_SERVICES": _flag("java_generic_services"),
    "FILE_SAME_JAVA_MULTIPLE_FILES": _flag("java_multiple_files"),
    "FILE_SAME_JAVA_OUTER_CLASSNAME": _text("java_outer_classname"),
    "FILE_SAME_JAVA_PACKAGE": _text("java_package"),
    "FILE_SAME_OBJC_CLASS_PREFIX": _text("objc_class_prefix"),
    "FILE_SAME_OPTIMIZE_FOR": (P3, P3 + "option optimize_for = CODE_SIZE;"),
    "FILE_SAME_PHP_CLASS_PREFIX": _text("php_class_prefix"),
    "FILE_SAME_PHP_METADATA_NAMESPACE": _text("php_metadata_namespace"),
    "FILE_SAME_PHP_NAMESPACE": _text("php_namespace"),
    "FILE_SAME_PY_GENERIC_SERVICES": _flag("py_generic_services"),
    "FILE_SAME_RUBY_PACKAGE": _text("ruby_package"),
    "FILE_SAME_SWIFT_PREFIX": _text("swift_prefix"),
    "RPC_NO_DELETE": (RPC, service("")),
    "ENUM_VALUE_NO_DELETE": (AB, enum("reserved 1; reserved 'B'; A = 0;")),
    "EXTENSION_MESSAGE_NO_DELETE": (
        message("extensions 5, 10 to max;", P2),
        message("extensions 10 to max;", P2),
    ),
    "FIELD_NO_DELETE": (FIELD, message("int32 a = 1; reserved 2; reserved 'b';")),
    "FIELD_SAME_TYPE": (message("int32 a = 1;"), message("uint32 a = 1;")),
    "FILE_SAME_SYNTAX": ("message M {}", P3 + "message M {}"),
    "MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR": (
        message(""),
        message("option no_standard_descriptor_accessor = true;"),
    ),
    "ONEOF_NO_DELETE": (message("oneof o { int32 a = 1; }"), message("int32 a = 1;")),
    "ENUM_SAME_JSON_FORMAT": (
        enum("A = 0;", ED),
        enum("option features.json_format = LEGACY_BEST_EFFORT; A = 0;", ED),
    ),
    "ENUM_VALUE_SAME_NAME": (AB, enum("A = 0; C = 1;")),
    "FIELD_SAME_JSON_NAME": (
        message("int32 a_b = 1;"),
        message('int32 a_b = 1 [json_name = "a_b"];'),
    ),
    "FIELD_SAME_NAME": (message("int32 a = 1;"), message("int32 b = 1;")),
    "MESSAGE_SAME_JSON_FORMAT": (
        message("", ED),
        message("option features.json_format = LEGACY_BEST_EFFORT;", ED),
    ),
    "FIELD_SAME_DEFAULT": (
        message("optional int32 a = 1;", P2),
        message("optional int32 a = 1 [default = 7];", P2),
    ),
    "FIELD_SAME_ONEOF": (
        message("int32 a = 1;"),
        message("oneof o { int32 a = 1; }"),
    ),
    "FILE_SAME_PACKAGE": (P3 + "package p;", P3 + "package q;"),
    "MESSAGE_SAME_REQUIRED_FIELDS": (
        message("", P2),
        message("required int32 a = 1;", P2),
    ),
    "RESERVED_ENUM_NO_DELETE": (enum("A = 0; reserved 5 to max;"), enum("A = 0; reserved 9;")),
    "RESERVED_MESSAGE_NO_DELETE": (message("reserved 'a';"), message("reserved 'b';")),
    "RPC_SAME_CLIENT_STREAMING": (RPC, service("rpc R(stream A) returns (A);")),
    "RPC_SAME_IDEMPOTENCY_LEVEL": (
        RPC,
        service("rpc R(A) returns (A) { option idempotency_level = IDEMPOTENT; }"),
    ),
    "RPC_SAME_REQUEST_TYPE": (RPC, service("rpc R(B) returns (A);")),
    "RPC_SAME_RESPONSE_TYPE": (RPC, service("rpc R(A) returns (B);")),
    "RPC_SAME_SERVER_STREAMING": (RPC, service("rpc R(A) returns (stream A);")),
    "PACKAGE_ENUM_NO_DELETE": (f"{LEFT} enum E {{ A = 0; }}", LEFT),
    "PACKAGE_EXTENSION_NO_DELETE": (
        message(MAX, P2) + " extend M { optional int32 x = 100; }",
        message(MAX, P2),
    ),
    "PACKAGE_MESSAGE_NO_DELETE": (f"{LEFT} message M {{}}", LEFT),
    "PACKAGE_NO_DELETE": (TWO, {"a.proto": TWO["a.proto"]}),
    "PACKAGE_SERVICE_NO_DELETE": (f"{LEFT} service S {{}}", LEFT),
    "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED": (AB, enum("reserved 1; A = 0;")),
    "FIELD_NO_DELETE_UNLESS_NAME_RESERVED": (FIELD, message("int32 a = 1; reserved 2;")),
    "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY": (
        message("map<string, int32> a = 1;"),
        message("repeated AEntry a = 1; message AEntry { string key = 1; int32 value = 2; }"),
    ),
    "FIELD_WIRE_JSON_COMPATIBLE_TYPE": (message("int32 a = 1;"), message("int64 a = 1;")),
    "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED": (AB, enum("reserved 'B'; A = 0;")),
    "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED": (FIELD, message("int32 a = 1; reserved 'b';")),
    "FIELD_WIRE_COMPATIBLE_CARDINALITY": (
        message("int32 a = 1;"),
        message("repeated int32 a = 1;"),
    ),
    "FIELD_WIRE_COMPATIBLE_TYPE": (message("int32 a = 1;"), message("sint32 a = 1;")),
}
