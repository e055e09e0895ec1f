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
from governance.lint.schema_function import build_schema, build_typed_enum, build_unreferenced

FUNCTIONS: dict[str, Build] = {
    "alphabetical": build_alphabetical,
    "casing": build_casing,
    "defined": build_defined,
    "enumeration": build_enumeration,
    "falsy": build_falsy,
    "length": build_length,
    "or": build_or,
    "paged": build_paged,
    "pattern": build_pattern,
    "schema": build_schema,
    "secured": build_secured,
    "truthy": build_truthy,
    "typedEnum": build_typed_enum,
    "undefined": build_undefined,
    "unreferencedReusableObject": build_unreferenced,
    "xor": build_xor,
}
