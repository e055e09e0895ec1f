"""What is deleted: softly first, then for good, and never what others refer to."""

from collections.abc import Callable, Sequence

from governance.schemaregistry.refusing import (
    REFERENCE_EXISTS,
    SUBJECT_NOT_SOFT_DELETED,
    SUBJECT_SOFT_DELETED,
    VERSION_NOT_SOFT_DELETED,
    VERSION_SOFT_DELETED,
    refusal,
    subject_unknown,
    version_unknown,
)
from governance.schemaregistry.schema import Registered
from rules.refusal import Refusal

Referring = Callable[[Registered], Sequence[int]]


def whole_subject(
    subject: str, standing: Sequence[Registered], referring: Referring, *, permanent: bool
) -> list[Registered] | Refusal:
    """Return the versions to delete of *subject*, or why it stays."""
    alive = [one for one in standing if not one.deleted]
    if not standing:
        return subject_unknown(subject)
    if permanent and alive:
        message = f"Subject '{subject}' was not deleted first before being permanently deleted"
        return refusal(SUBJECT_NOT_SOFT_DELETED, message)
    if not permanent and not alive:
        return refusal(
            SUBJECT_SOFT_DELETED,
            f"Subject '{subject}' was soft deleted. Set permanent=true to delete permanently",
        )
    chosen = list(standing) if permanent else alive
    return _held(chosen, referring) or chosen


def one_version(
    subject: str,
    version: int | None,
    standing: Sequence[Registered],
    referring: Referring,
    *,
    permanent: bool,
) -> list[Registered] | Refusal:
    """Return the one version to delete (None: the latest that is not deleted), or why it stays."""
    alive = [one for one in standing if not one.deleted]
    if not standing or (not alive and not permanent and version is None):
        return subject_unknown(subject)
    wanted = alive[-1].version if version is None and alive else version
    chosen = next((one for one in standing if one.version == wanted), None)
    if chosen is None:
        return version_unknown("latest" if wanted is None else wanted)
    where = f"Subject '{subject}' Version {chosen.version} was"
    if permanent and not chosen.deleted:
        message = f"{where} not deleted first before being permanently deleted"
        return refusal(VERSION_NOT_SOFT_DELETED, message)
    if not permanent and chosen.deleted:
        message = f"{where} soft deleted. Set permanent=true to delete permanently"
        return refusal(VERSION_SOFT_DELETED, message)
    return _held([chosen], referring) or [chosen]


def _held(chosen: Sequence[Registered], referring: Referring) -> Refusal | None:
    for one in chosen:
        ids = referring(one)
        if ids:
            said = ", ".join(map(str, ids))
            message = f"One or more references exist to version {one.version} of {one.subject}"
            return refusal(REFERENCE_EXISTS, f"{message}: the schemas {said}")
    return None
