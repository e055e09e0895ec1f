"""Aliases: two systems' keys for one case, joined by a person or a program that knows."""

from sqlalchemy import Connection

from controlplane.applying.applying import Applying, invalid
from controlplane.pipeline.command import Outcome
from controlplane.pipeline.processing import join_aliases
from governance.document import stores as documents
from observability.correlation import key_of
from observability.instance_stores import any_instance
from observability.uncorrelated_stores import list_waiting
from rules.refusal import Refusal


def put(applying: Applying) -> Outcome | Refusal:
    process, case = applying.field("process"), key_of(applying.command.body.get("case"))
    given = applying.command.body.get("aliases")
    aliases = [key_of(one) for one in given] if isinstance(given, list) else []
    if not process or case is None:
        return invalid("/case", "Name the process and the key of the case.")
    keys = [key for key in aliases if key is not None]
    if not keys or len(keys) != len(aliases):
        return invalid("/aliases", "List the other keys of the case: text of at most 255 letters.")
    if not _known(applying.state, process):
        return invalid("/process", f"No process {process!r} is registered or was ever reported.")
    instance = join_aliases(
        applying.state,
        applying.log,
        applying.processing,
        (process, (case, *keys)),
        applying.moment,
    )
    applying.record("case:alias:put", f"{process}/{case}", {"aliases": sorted(keys)})
    body = {"process": process, "case": case, "aliases": sorted(keys), "instance": instance}
    return Outcome(status=200, body=body)


def _known(state: Connection, process: str) -> bool:
    """Whether *process* has a model in force, or work that was reported without one."""
    return (
        documents.get_active(state, "process", process) is not None
        or any_instance(state, process)
        or bool(list_waiting(state, process=process, limit=1))
    )
