"""
The form of a document, by the schema that the OpenAPI Initiative publishes for it.

In 3.1 every Schema Object is held to the metaschema of JSON Schema 2020-12, unless the
document speaks a dialect of its own.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema_rs

from governance.contract.artifact import Json, pointer_of

_DIALECTS = frozenset(
    {
        "https://spec.openapis.org/oas/3.1/dialect/base",
        "https://json-schema.org/draft/2020-12/schema",
    }
)
_SHOWN = 300
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def form_errors(data: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """Yield the pointer and the message of everything in *data* that has the wrong form."""
    if data["openapi"].startswith("3.0"):
        validator = _validator_30()
    else:
        validator = _validator_31(data.get("jsonSchemaDialect", _DRAFT) in _DIALECTS)
    for error in validator.iter_errors(data):
        cause = _cause(error)
        yield pointer_of(cause.instance_path), str(cause.message)[:_SHOWN]


def _cause(error: jsonschema_rs.ValidationError) -> jsonschema_rs.ValidationError:
    """Return the error of the branch that was meant: the one that got furthest into the data."""
    branches = [one for branch in getattr(error.kind, "context", None) or () for one in branch]
    if not branches:
        return error
    deepest = max(branches, key=lambda one: len(one.instance_path))
    return _cause(deepest) if len(deepest.instance_path) > len(error.instance_path) else error


@cache
def _validator_30() -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft4Validator(_published("3.0"), offline=True)


@cache
def _validator_31(strict: bool) -> jsonschema_rs.Validator:  # noqa: FBT001 - of two kinds
    published = _published("3.1")
    meant = {"$dynamicAnchor": "meta"} | ({"$ref": _DRAFT} if strict else {})
    whole = {"$id": "urn:openapi", "$ref": published["$id"], "$defs": {"schema": meant}}
    known = jsonschema_rs.Registry([(published["$id"], published)])
    return jsonschema_rs.Draft202012Validator(whole, registry=known, offline=True)


def _published(version: str) -> dict[str, Any]:
    """Return the schema as openapi-spec-validator ships it; its own code is slow to import."""
    found = find_spec("openapi_spec_validator")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("openapi_spec_validator ships the schemas of OpenAPI")
    schemas = Path(found.origin).parent / "resources" / "schemas"
    text = (schemas / f"v{version}" / "schema.json").read_text()
    schema: dict[str, Any] = json.loads(text)
    return schema
