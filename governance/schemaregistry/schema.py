"""A schema as it is sent: its type, its exact text, and the versions that it refers to."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from governance.contract.artifact import Json
from governance.contract.avro.schema import PRIMITIVES
from governance.schemaregistry.refusing import INVALID_SCHEMA, refusal
from rules.refusal import Refusal

Type = Literal["AVRO", "JSON", "PROTOBUF"]
TYPES: tuple[Type, ...] = ("JSON", "PROTOBUF", "AVRO")
FORMATS: dict[Type, Literal["avro", "jsonschema", "protobuf"]] = {
    "AVRO": "avro",
    "JSON": "jsonschema",
    "PROTOBUF": "protobuf",
}
MAX_REFERENCES = 500


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is how the text calls what stands in *version* of *subject*."""

    name: str
    subject: str
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """
    `beside` is the metadata and the rule set, which are kept and given back.

    `compiled` is the descriptor of a Protobuf file in base64, once it was read.
    """

    type: Type
    text: str
    compiled: str = ""
    references: tuple[Reference, ...] = ()
    beside: dict[str, Any] = {}

    @property
    def key(self) -> str:
        """What two schemas have in common that are the same one."""
        told = [self.type, self._canonical(), self.references, self.beside]
        return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()

    @property
    def guid(self) -> str:
        return str(uuid.UUID(self.key[:32]))

    def _canonical(self) -> str:
        if self.type == "PROTOBUF":
            return self.compiled or self.text.strip()
        try:
            return json.dumps(_simple(json.loads(self.text), self.type))
        except (ValueError, RecursionError):  # who reads the schema says what is wrong
            return self.text


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A schema as a version of a subject, and which version of which contract it is."""

    subject: str
    version: int
    id: int
    guid: str
    schema: Schema
    contract: str
    contract_version: str
    deleted: bool = False


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    schema: str
    schemaType: str | None = "AVRO"  # noqa: N815 - the protocol's own name
    references: tuple[Reference, ...] | None = ()
    metadata: dict[str, Any] | None = None
    ruleSet: dict[str, Any] | None = None  # noqa: N815 - as above


def read_schema(body: Mapping[str, Any], *, normalize: bool = False) -> Schema | Refusal:
    """Return the schema that the *body* of a request holds; what it does not know is left out."""
    try:
        asked = msgspec.convert(body, _Asked)
    except msgspec.ValidationError as error:
        return refusal(INVALID_SCHEMA, f"Invalid schema: {error}")
    type_ = asked.schemaType or "AVRO"
    if type_ not in TYPES:
        return refusal(INVALID_SCHEMA, f"Invalid schema type {type_}: one of {', '.join(TYPES)}")
    if not asked.schema.strip():
        return refusal(INVALID_SCHEMA, "Invalid schema: it is empty")
    references = asked.references or ()
    if len(references) > MAX_REFERENCES:
        return refusal(INVALID_SCHEMA, f"Invalid schema: more than {MAX_REFERENCES} references")
    beside = {"metadata": asked.metadata, "ruleSet": asked.ruleSet}
    schema = Schema(
        type=next(one for one in TYPES if one == type_),
        text=asked.schema,
        references=references,
        beside={name: one for name, one in beside.items() if one},
    )
    return _normal(schema) if normalize else schema


def _normal(schema: Schema) -> Schema:
    """Write *schema* as everybody would: names of members and references in order."""
    references = tuple(sorted(schema.references, key=lambda one: one.name))
    text = schema.text.strip()
    if schema.type != "PROTOBUF":
        try:
            text = json.dumps(
                _simple(json.loads(text), schema.type), sort_keys=True, separators=(",", ":")
            )
        except (ValueError, RecursionError):
            text = schema.text
    return msgspec.structs.replace(schema, text=text, references=references)


def _simple(data: Json, type_: str) -> Json:
    """Avro writes `{"type": "string"}` and `"string"` for the same."""
    if type_ != "AVRO":
        return data
    if isinstance(data, list):
        return [_simple(one, type_) for one in data]
    if not isinstance(data, dict):
        return data
    if data.keys() == {"type"} and data["type"] in list(PRIMITIVES):
        return data["type"]
    return {name: _simple(one, type_) for name, one in data.items()}
