"""
A fact type is what the published contracts promise of an entity, plus the times at which
activities touched it.

Two events that promise one field differently promise nothing: a rule that names the field
is refused, never guessed at.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from governance.contract.artifact import read_artifact
from governance.contract.expansion import looked_up
from observability.entity import stamp
from observability.model.model import EntityModel, ProcessModel
from rules.fact import CLOCK, FactType, FieldType, case_fact_type

_MONEY_FIELDS = {"amount", "currency"}
_FORMATS: dict[str, FieldType] = {"date": "date", "date-time": "instant", "duration": "duration"}
_PLAIN: dict[str, FieldType] = {
    "string": "text",
    "integer": "integer",
    "number": "decimal",
    "boolean": "boolean",
}
_OF_CONSTANT: dict[type, str] = {str: "string", bool: "boolean", int: "integer"}


class Published(Protocol):
    """One published version of an event contract."""

    @property
    def format(self) -> str: ...

    @property
    def media_type(self) -> str: ...

    @property
    def artifact(self) -> bytes: ...


class Contracts(Protocol):
    """Where published contracts are found by event type."""

    def resolve(self, type_: str) -> Published | None: ...


def fact_types(model: ProcessModel, contracts: Contracts) -> dict[str, FactType]:
    """Return the types of every fact that a case of *model* can show: case, clock, entities."""
    figures: dict[str, FieldType] = {f"money_{one.name}": "money" for one in model.money.figures}
    types = {
        "case": FactType(name="case", fields={**case_fact_type().fields, **figures}),
        "clock": CLOCK,
    }
    for name, entity in model.entities.items():
        types[name] = FactType(name=name, fields=_fields(model, entity, contracts))
    return types


def _fields(model: ProcessModel, entity: EntityModel, contracts: Contracts) -> dict[str, FieldType]:
    found: dict[str, FieldType | None] = {}
    for type_ in entity.describing:
        for field, kind in _promised(contracts.resolve(type_)):
            found[field] = kind if found.get(field, kind) == kind else None
    for name in (*entity.describing, *entity.touched_by):
        activity = model.activity_of(name) or (name if name in model.by_activity else None)
        if activity is not None:
            found.setdefault(stamp(activity), "instant")
    found[entity.key] = "text"
    return {field: kind for field, kind in sorted(found.items()) if kind is not None}


def titles(model: ProcessModel, contracts: Contracts) -> dict[tuple[str, str], str]:
    """Return what published contracts call the fields of the entities of *model*, where they do."""
    return {
        (name, field): title
        for name, entity in model.entities.items()
        for type_ in entity.describing
        for field, title in _titles(contracts.resolve(type_))
    }


def _titles(version: Published | None) -> tuple[tuple[str, str], ...]:
    if version is None or version.format != "jsonschema":
        return ()
    return _read_titles(version.artifact, version.media_type)


@lru_cache(maxsize=1024)
def _read_titles(artifact: bytes, media_type: str) -> tuple[tuple[str, str], ...]:
    schema = read_artifact(artifact, media_type).data
    promises = schema.get("properties", {}) if isinstance(schema, dict) else {}
    named = ((f, one.get("title")) for f, one in promises.items() if isinstance(one, dict))
    return tuple((field, title) for field, title in named if isinstance(title, str) and title)


def _promised(version: Published | None) -> tuple[tuple[str, FieldType | None], ...]:
    if version is None or version.format != "jsonschema":
        return ()
    return _read(version.artifact, version.media_type)


@lru_cache(maxsize=1024)
def _read(artifact: bytes, media_type: str) -> tuple[tuple[str, FieldType | None], ...]:
    schema = read_artifact(artifact, media_type).data
    promises = schema.get("properties", {}) if isinstance(schema, dict) else {}
    return tuple((field, field_type(promise, schema)) for field, promise in promises.items())


def field_type(promise: Any, root: Mapping[str, Any]) -> FieldType | None:
    """
    Return the type of the field that the JSON Schema *promise* describes, None for no one type.

    References are looked up in *root*, the document; null among the types is absence.
    """
    promise = _resolved(promise, root)
    kind = _kind(promise)
    if kind == "object":
        fields = promise.get("properties", {})
        return "money" if set(fields) == _MONEY_FIELDS else None
    if kind == "array":
        items = _resolved(promise.get("items"), root)
        return "texts" if _kind(items) == "string" else None
    if kind == "string":
        return _FORMATS.get(promise.get("format", ""), "text")
    return _PLAIN.get(kind or "")


def _kind(promise: Mapping[str, Any]) -> str | None:
    """Return the one JSON type of *promise*, read from its values where it names none."""
    named = promise.get("type")
    if isinstance(named, list):
        those = [one for one in named if one != "null"]
        return those[0] if len(those) == 1 else None
    if isinstance(named, str):
        return named
    values = promise.get("enum", [promise["const"]] if "const" in promise else [])
    kinds = {_OF_CONSTANT.get(type(one)) for one in values if one is not None}
    return kinds.pop() if len(kinds) == 1 else None


def _resolved(promise: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow `$ref` within the document, and the one branch beside null of a choice."""
    for _ in range(10):
        if not isinstance(promise, dict):
            return {}
        branches = [
            one
            for one in promise.get("anyOf") or promise.get("oneOf") or []
            if not isinstance(one, dict) or one.get("type") != "null"
        ]
        if "$ref" in promise:
            promise = looked_up(root, promise["$ref"].removeprefix("#"))
        elif len(branches) == 1:
            promise = branches[0]
        else:
            return promise
    return {}
