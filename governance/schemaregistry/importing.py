"""
Schemas of another registry under the ids and versions that they had there.

Messages hold their ids, so an id that is taken by another schema is never given again.
"""

from collections.abc import Sequence

import msgspec

from governance.schemaregistry.naming import scope, split
from governance.schemaregistry.refusing import ID_MISMATCH, NOT_PERMITTED, refusal
from governance.schemaregistry.schema import Registered, Schema
from rules.refusal import Refusal

_SHOWN = 10


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """None: the next id, the next version."""

    id: int | None = None
    version: int | None = None


def closed(subject: str, mode: str, wanted: Wanted) -> Refusal | None:
    """Return why nothing may be registered under *subject* in *mode*."""
    if mode.startswith("READONLY"):
        return refusal(NOT_PERMITTED, f"Subject '{subject}' is in {mode.lower()} mode")
    if wanted.id is not None and mode != "IMPORT":
        message = f"Subject '{subject}' is not in import mode: ids are given by this registry"
        return refusal(NOT_PERMITTED, message)
    if wanted.id is None and mode == "IMPORT":
        message = f"Subject '{subject}' is in import mode: a schema comes with its id"
        return refusal(NOT_PERMITTED, message)
    return None


def met(scope_: str, standing: Sequence[str]) -> Refusal | None:
    """Return what stands in the way of importing into the subject or the context *scope_*."""
    found = [one for one in standing if scope_ in {one, scope(split(one)[0])}]
    if not found:
        return None
    said = ", ".join(found[:_SHOWN])
    return refusal(NOT_PERMITTED, f"Cannot import since found existing subjects: {said}")


def taken(
    schema: Schema,
    wanted: Wanted,
    *,
    same: int | None,
    holder: Schema | None,
    standing: Sequence[Registered],
) -> Refusal | None:
    """
    Return why *schema* cannot have the id and the version that are *wanted*.

    *same* is the id that the schema has, *holder* the schema that has the id.
    """
    if same is not None and wanted.id not in {None, same}:
        message = f"Schema already registered with id {same} instead of input id {wanted.id}"
        return refusal(ID_MISMATCH, message)
    if holder is not None and holder.key != schema.key:
        message = f"Overwrite new schema with id {wanted.id} is not permitted."
        return refusal(NOT_PERMITTED, message)
    if wanted.version in {one.version for one in standing}:
        return refusal(NOT_PERMITTED, f"Version {wanted.version} is another schema already")
    return None
