"""
The files that come with every Protobuf compiler and with Kafka's clients: what they name.

They never change in a way that breaks anybody, so names are all that is needed of them to refer
to them. A document that brings its own copy of one is read by its copy.
"""

from collections.abc import Iterable, Iterator

from google.protobuf.descriptor import Descriptor
from google.type import (
    calendar_period_pb2,
    color_pb2,
    date_pb2,
    datetime_pb2,
    dayofweek_pb2,
    decimal_pb2,
    expr_pb2,
    fraction_pb2,
    interval_pb2,
    latlng_pb2,
    localized_text_pb2,
    money_pb2,
    month_pb2,
    phone_number_pb2,
    postal_address_pb2,
    quaternion_pb2,
    timeofday_pb2,
)

_PACKAGE = "google.protobuf"
_FILES = """
any: Any
api: Api Method Mixin
compiler/plugin: compiler.Version compiler.CodeGeneratorRequest compiler.CodeGeneratorResponse
  compiler.CodeGeneratorResponse.File compiler.CodeGeneratorResponse.Feature!
cpp_features: pb.CppFeatures pb.CppFeatures.StringType!
descriptor: FileDescriptorSet FileDescriptorProto DescriptorProto DescriptorProto.ExtensionRange
  DescriptorProto.ReservedRange ExtensionRangeOptions ExtensionRangeOptions.Declaration
  ExtensionRangeOptions.VerificationState! FieldDescriptorProto FieldDescriptorProto.Type!
  FieldDescriptorProto.Label! OneofDescriptorProto EnumDescriptorProto
  EnumDescriptorProto.EnumReservedRange EnumValueDescriptorProto ServiceDescriptorProto
  MethodDescriptorProto FileOptions FileOptions.OptimizeMode! MessageOptions FieldOptions
  FieldOptions.EditionDefault FieldOptions.FeatureSupport FieldOptions.CType!
  FieldOptions.JSType! FieldOptions.OptionRetention! FieldOptions.OptionTargetType!
  OneofOptions EnumOptions EnumValueOptions ServiceOptions MethodOptions
  MethodOptions.IdempotencyLevel! UninterpretedOption UninterpretedOption.NamePart FeatureSet
  FeatureSet.VisibilityFeature FeatureSet.VisibilityFeature.DefaultSymbolVisibility!
  FeatureSet.FieldPresence! FeatureSet.EnumType! FeatureSet.RepeatedFieldEncoding!
  FeatureSet.Utf8Validation! FeatureSet.MessageEncoding! FeatureSet.JsonFormat!
  FeatureSet.EnforceNamingStyle! FeatureSetDefaults FeatureSetDefaults.FeatureSetEditionDefault
  SourceCodeInfo SourceCodeInfo.Location GeneratedCodeInfo GeneratedCodeInfo.Annotation
  GeneratedCodeInfo.Annotation.Semantic! Edition! SymbolVisibility!
duration: Duration
empty: Empty
field_mask: FieldMask
go_features: pb.GoFeatures pb.GoFeatures.APILevel! pb.GoFeatures.StripEnumPrefix!
java_features: pb.JavaFeatures pb.JavaFeatures.Utf8Validation! pb.JavaFeatures.NestInFileClass!
source_context: SourceContext
struct: Struct Value ListValue NullValue!
timestamp: Timestamp
type: Type Field Field.Kind! Field.Cardinality! Enum EnumValue Option Syntax!
wrappers: DoubleValue FloatValue Int64Value UInt64Value Int32Value UInt32Value BoolValue
  StringValue BytesValue
"""


def _named(word: str) -> tuple[str, str]:
    name = word.removesuffix("!")
    full = name if name.startswith("pb.") else f"{_PACKAGE}.{name}"
    return full, "enum" if word.endswith("!") else "message"


COMMON = (
    *(calendar_period_pb2, color_pb2, date_pb2, datetime_pb2, dayofweek_pb2, decimal_pb2),
    *(expr_pb2, fraction_pb2, interval_pb2, latlng_pb2, localized_text_pb2, money_pb2),
    *(month_pb2, phone_number_pb2, postal_address_pb2, quaternion_pb2, timeofday_pb2),
)
_KAFKA = {
    "confluent/meta.proto": {"confluent.Meta": "message", "confluent.Rule": "message"},
    "confluent/type/decimal.proto": {"confluent.type.Decimal": "message"},
    "confluent/type/variant.proto": {"confluent.type.Variant": "message"},
    "confluent/types/decimal.proto": {"confluent.type.Decimal": "message"},
}


def _common() -> dict[str, dict[str, str]]:
    files = (module.DESCRIPTOR for module in COMMON)
    return {
        file.name: {
            **dict(_types(file.message_types_by_name.values())),
            **{enum.full_name: "enum" for enum in file.enum_types_by_name.values()},
        }
        for file in files
    }


def _types(messages: Iterable[Descriptor]) -> Iterator[tuple[str, str]]:
    for one in messages:
        yield one.full_name, "message"
        yield from _types(one.nested_types)
        yield from ((enum.full_name, "enum") for enum in one.enum_types)


def _files() -> dict[str, dict[str, str]]:
    files: dict[str, dict[str, str]] = {**_common(), **_KAFKA}
    current: dict[str, str] = {}
    for word in _FILES.split():
        if word.endswith(":"):
            current = files[f"google/protobuf/{word[:-1]}.proto"] = {}
        else:
            name, kind = _named(word)
            current[name] = kind
    return files


WELL_KNOWN: dict[str, dict[str, str]] = _files()
"""File → full name → `message` or `enum`."""


def packages(path: str) -> set[str]:
    """Return the packages that a file of them stands in, the outer ones too."""
    found, around = set(), ""
    for part in next(iter(WELL_KNOWN[path])).split("."):
        if part[0].isupper():
            break
        around = f"{around}.{part}".lstrip(".")
        found.add(around)
    return found
