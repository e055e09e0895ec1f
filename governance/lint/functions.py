"""The functions by the names that rule files call them by."""

from governance.lint.api_function import build_paged, build_secured
from governance.lint.function import (
    Build,
    build_alphabetical,
    build_casing,
    build_defined,
    build_enumeration,
    build_falsy,
    build_length,
    build_or,
    build_pattern,
    build_truthy,
    build_undefined,
    build_xor,
)
from governance.lint.protobuf_function import (
    build_alike,
    build_exchanged,
    build_exchanged_once,
    build_placed,
    build_prefixed,
    build_ringless,
)
from governance.lint.schema_function import build_schema, build_typed_enum, build_unreferenced

FUNCTIONS: dict[str, Build] = {
    "alike": build_alike,
    "alphabetical": build_alphabetical,
    "casing": build_casing,
    "defined": build_defined,
    "enumeration": build_enumeration,
    "exchanged": build_exchanged,
    "exchangedOnce": build_exchanged_once,
    "falsy": build_falsy,
    "length": build_length,
    "or": build_or,
    "paged": build_paged,
    "pattern": build_pattern,
    "placed": build_placed,
    "prefixed": build_prefixed,
    "ringless": build_ringless,
    "schema": build_schema,
    "secured": build_secured,
    "truthy": build_truthy,
    "typedEnum": build_typed_enum,
    "undefined": build_undefined,
    "unreferencedReusableObject": build_unreferenced,
    "xor": build_xor,
}
