"""
The files that come with every Protobuf compiler: what they name, so that it can be referred to.

They never change in a way that breaks anybody, so names are all that is needed of them. A
document that brings its own copy of one is read by its copy.
"""

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


def _files() -> dict[str, dict[str, str]]:
    files: dict[str, dict[str, str]] = {}
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
    names = WELL_KNOWN[path]
    return {"pb"} if next(iter(names)).startswith("pb.") else {"google", _PACKAGE}
