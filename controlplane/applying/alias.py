"""Aliases: two systems' keys for one case, joined by a person or a program that knows."""

from typing import Any

from sqlalchemy import Connection

from controlplane.applying.applying import Applying, invalid, not_found
from controlplane.correcting.difference import Judged
from controlplane.correcting.recording import correct
from controlplane.pipeline.aliasing import Aliases, join_aliases, part_aliases
from controlplane.pipeline.command import Outcome
from governance.document import stores as documents
from observability.correlation.correlation import key_of
from observability.correlation.uncorrelated_stores import list_waiting
from observability.instance.stores import any_instance
from observability.projection import alias_stores
from observability.projection.alias_stores import pairs_of
from rules.refusal import Refusal


def put(applying: Applying) -> Outcome | Refusal:
    named = _named(applying)
    if isinstance(named, Refusal):
        return named
    process, (case, *keys) = named
    if not _known(applying.state, process):
        return invalid("/process", f"No process {process!r} is registered or was ever reported.")
    found, judged = join_aliases(
        applying.state, applying.log, applying.processing, named, applying.moment
    )
    told = (
        _corrected(applying, named, judged, f"joined with {', '.join(keys)}")
        if found.joined
        else {}
    )
    applying.record("case:alias:put", f"{process}/{case}", {"aliases": sorted(keys), **told})
    instance = next(iter(found.cases), None)
    body = {"process": process, "case": case, "aliases": sorted(keys), "instance": instance}
    return Outcome(status=200, body=body)


def withdraw(applying: Applying) -> Outcome | Refusal:
    """Let aliases no longer join; keys that nothing else joins are cases of their own again."""
    named, reason = _named(applying), applying.field("reason")
    if isinstance(named, Refusal):
        return named
    process, (case, *keys) = named
    if not reason.strip():
        return invalid("/reason", "Say why the keys are not one case's.")
    standing = set(alias_stores.standing(applying.state, process, [case]))
    unknown = [key for key in keys if standing.isdisjoint(pairs_of((case, key)))]
    if unknown:
        return not_found("alias", f"{case} = {unknown[0]}")
    found, judged = part_aliases(
        applying.state, applying.log, applying.processing, named, applying.moment
    )
    told = {
        "aliases": sorted(keys),
        "reason": reason,
        **_corrected(applying, named, judged, reason),
    }
    applying.record("case:alias:withdrawn", f"{process}/{case}", told)
    body = {
        "process": process,
        "case": case,
        "aliases": sorted(keys),
        "instances": sorted(found.cases),
        "correction": told["correction"],
    }
    return Outcome(status=200, body=body)


def _corrected(applying: Applying, named: Aliases, judged: Judged, because: str) -> dict[str, Any]:
    """Keep what became of cases as a correction; return what the ledger says of it."""
    process, (case, *_) = named
    cause = applying.moment.cause(
        "alias", f"{process}/{case}", because=because, actor=applying.command.actor
    )
    return correct(applying.state, cause, judged, at=applying.moment.at)


def _named(applying: Applying) -> tuple[str, tuple[str, ...]] | Refusal:
    """Return the process, the key of the case, and its other keys."""
    process, case = applying.field("process"), key_of(applying.command.body.get("case"))
    given = applying.command.body.get("aliases")
    aliases = [key_of(one) for one in given] if isinstance(given, list) else []
    if not process or case is None:
        return invalid("/case", "Name the process and the key of the case.")
    keys = [key for key in aliases if key is not None]
    if not keys or len(keys) != len(aliases):
        return invalid("/aliases", "List the other keys of the case: text of at most 255 letters.")
    return process, (case, *keys)


def _known(state: Connection, process: str) -> bool:
    """Whether *process* has a model in force, or work that was reported without one."""
    return (
        documents.get_active(state, "process", process) is not None
        or any_instance(state, process)
        or bool(list_waiting(state, process=process, limit=1))
    )
