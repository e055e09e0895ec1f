"""
Whether a schema can be read, and whether it goes with the versions before it.

What cannot be judged is no agreement: it is refused like a change that breaks.
"""

from collections.abc import Sequence
from datetime import date

import msgspec
from msgspec.structs import replace

from governance.compatibility.comparison import Terms
from governance.compatibility.modes import Edition, against_history
from governance.compatibility.protobuf.confluent import registry_differences
from governance.contract.artifact import Artifact, ArtifactError, read_artifact
from governance.contract.comparing import errors_of
from governance.contract.finding import BLOCKING, Finding
from governance.schemaregistry.configuring import Config
from governance.schemaregistry.referring import Resolve, adrift, gather, whole
from governance.schemaregistry.refusing import INVALID_SCHEMA, refusal
from governance.schemaregistry.schema import FORMATS, Registered, Schema
from rules.refusal import Refusal


class Readable(msgspec.Struct, frozen=True, kw_only=True):
    """A schema with all that it refers to, as one document."""

    schema: Schema
    content: bytes
    media_type: str
    artifact: Artifact


def read(schema: Schema, resolve: Resolve) -> Readable | Refusal:
    """Return *schema* as one document without errors, or what is wrong with it."""
    found = gather(schema, resolve)
    if isinstance(found, Refusal):
        return found
    alone = schema.type == "PROTOBUF" and not found
    media_type = "text/x-protobuf" if alone else "application/json"
    try:
        content = whole(schema, found).encode()
        artifact = read_artifact(content, media_type)
        errors = errors_of(FORMATS[schema.type], artifact)
        away = adrift(artifact.data) if schema.type == "JSON" else ""
    except (ArtifactError, ValueError, RecursionError) as error:
        return refusal(INVALID_SCHEMA, f"Invalid schema: {error}")
    if errors:
        said = "; ".join(f"{one.pointer or '/'}: {one.message}" for one in errors)
        return refusal(INVALID_SCHEMA, f"Invalid schema: {said}")
    if away:
        message = f"{away} lies outside the document, and no reference has that name"
        return refusal(INVALID_SCHEMA, f"Invalid schema: {message}")
    return Readable(schema=schema, content=content, media_type=media_type, artifact=artifact)


def conflicts(
    candidate: Readable, config: Config, history: Sequence[Registered], resolve: Resolve, on: date
) -> list[Finding]:
    """Return why *candidate* does not go with *history*, the oldest first, under *config*."""
    if config.compatibility == "none":
        return []
    editions = []
    for one in config.compared(candidate.schema, history):
        older = None if one.schema.type != candidate.schema.type else read(one.schema, resolve)
        if not isinstance(older, Readable):
            return [_apart(one, candidate) if older is None else _unreadable(one, older)]
        editions.append(Edition(version=str(one.version), artifact=older.artifact))
    return [one for one in _found(candidate, config, editions, on) if one.level in BLOCKING]


def _found(
    candidate: Readable, config: Config, editions: Sequence[Edition], on: date
) -> Sequence[Finding]:
    mode = config.compatibility
    if candidate.schema.type != "PROTOBUF":
        format_ = FORMATS[candidate.schema.type]
        terms = Terms(on=on, policy=config.policy)
        return against_history(format_, mode, candidate.artifact, editions, terms).findings
    found: list[Finding] = []
    for one in editions:
        old, new = one.artifact.data, candidate.artifact.data
        pairs = [] if mode.startswith("forward") else [(old, new)]
        pairs += [] if mode.startswith("backward") else [(new, old)]
        for pair in pairs:
            found += (replace(each, against=one.version) for each in registry_differences(*pair))
    return found


def _apart(one: Registered, candidate: Readable) -> Finding:
    message = f"version {one.version} is {one.schema.type}, and this is {candidate.schema.type}"
    return Finding(
        id="SCHEMA_TYPE_CHANGED", rule="SCHEMA_TYPE_CHANGED", level="breaking", message=message
    )


def _unreadable(one: Registered, older: Refusal) -> Finding:
    message = f"version {one.version} cannot be read: {older.detail}"
    return Finding(id="NOT_EVALUATED", rule="NOT_EVALUATED", level="not_evaluated", message=message)


def told(found: Sequence[Finding]) -> list[str]:
    """Return *found* as the messages of a verbose answer."""
    return [
        f"{{errorType:'{one.rule}', description:'{one.message}', path:'{one.pointer or '/'}'"
        f"{f', oldSchemaVersion: {one.against}' if one.against else ''}}}"
        for one in found
    ]
