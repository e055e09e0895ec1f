"""
Governed documents over HTTP: the text as it is written, checked before it is sent on.

What can be judged without the state is judged here: a flaw answers 422 with its line.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from litestar import Response
from sqlalchemy import Connection

from controlplane.api.precondition import expected
from controlplane.api.problem import invalid, not_found, undocumented
from controlplane.api.submission import respond, submit
from controlplane.api.wiring import WebRequest
from controlplane.commands import Check
from controlplane.database import reading
from controlplane.pipeline.command import Outcome
from controlplane.precondition import etag
from controlplane.registered import model_of, objective_of
from controlplane.runtime import Runtime
from governance.document import GovernedDocument
from governance.document import stores as documents
from governance.document.governed_document import State
from observability.instance.stores import any_instance
from observability.model.model import ProcessModel
from observability.objective import Objective
from rules.document import DocumentError

YAML = "application/yaml"
_T = TypeVar("_T")


class DocumentItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    One version of a governed document; `body` is the text as registered.

    `changed_at` and `changed_by` say when it came into its state and by whom, `in_force_at` when
    it came in force, `signed_by` who signed off a rule set, `supersedes` whose place it took.
    """

    kind: str
    name: str
    version: str
    active: bool
    state: State
    digest: str
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    in_force_at: datetime | None = None
    signed_by: str | None
    supersedes: str | None
    body: str | msgspec.UnsetType = msgspec.UNSET


def item(one: GovernedDocument, *, body: bool = False) -> DocumentItem:
    return DocumentItem(**shown_of(one), body=one.body if body else msgspec.UNSET)


def shown_of(one: GovernedDocument) -> dict[str, Any]:
    """Return the members of an item about *one*, its text left out."""
    members = msgspec.structs.asdict(one)
    del members["body"]
    return {**members, "active": one.active}


def read_text(body: bytes) -> str:
    """Return the document's text; 400 when there is none or it is not UTF-8."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise invalid("", "The document is not UTF-8 text.", status=400) from error
    if not text.strip():
        raise invalid("", "Send the document as the body, in YAML or JSON.", status=400)
    return text


def read_checked(text: str, read: Callable[[str], _T]) -> _T:
    """Return the document of *text* as *read* reads it; 422 with line and column otherwise."""
    try:
        return read(text)
    except DocumentError as error:
        raise undocumented(error) from error


def require_name(given: str, name: str, member: str) -> None:
    """Raise 422 when the document calls itself otherwise than its address does."""
    if given != name:
        raise invalid(f"/{member}", f"The document says {given!r}, the address {name!r}.")


def put(  # noqa: PLR0913 - a document is what it is called and what it says
    runtime: Runtime,
    request: WebRequest,
    *,
    kind: str,
    name: str,
    version: str,
    text: str,
    activate: bool = True,
) -> Response[Any]:
    """Register the document and, when asked, put it in force."""
    return respond(
        *_tagged(
            submit_document(
                runtime,
                request,
                kind=kind,
                name=name,
                version=version,
                text=text,
                activate=activate,
            )
        )
    )


def submit_document(  # noqa: PLR0913 - likewise
    runtime: Runtime,
    request: WebRequest,
    *,
    kind: str,
    name: str,
    version: str,
    text: str,
    activate: bool,
    author: str | None = None,
    check: Check = lambda: None,
) -> Outcome:
    """Register the document as the caller's own work, unless it is known to be *author*'s."""
    body = {"kind": kind, "name": name, "version": version, "body": text, "activate": activate}
    body |= {"author": author} if author else {}
    return submit(runtime, request, "document:put", {**body, **expected(request)}, check)


def retire(
    runtime: Runtime, request: WebRequest, *, kind: str, name: str, version: str | None = None
) -> Outcome:
    """Take the version out of force, the one that stands where none is named."""
    body = {"kind": kind, "name": name, **({"version": version} if version else {})}
    return submit(runtime, request, "document:retire", {**body, **expected(request)})


def find_active(connection: Connection, kind: str, name: str) -> GovernedDocument:
    """Return the version in force; 404 when there is none."""
    found = documents.get_active(connection, kind, name)
    if found is None:
        raise not_found(kind, name)
    return found


def shown(runtime: Runtime, request: WebRequest, kind: str, name: str) -> Response[Any]:
    """Answer with the version in force and its ETag; `Accept: application/yaml` gives the text."""
    with reading(runtime.databases.state) as connection:
        found = find_active(connection, kind, name)
    return written(request, found)


def written(request: WebRequest, one: GovernedDocument) -> Response[Any]:
    """Answer with *one* as JSON, or as the very text that was registered."""
    headers = {"etag": etag(one.version, one.digest[:12]), "vary": "accept"}
    if "yaml" in request.headers.get("accept", ""):
        return Response(one.body.encode(), media_type=YAML, headers=headers)
    return Response(item(one, body=True), headers=headers)


def model_or_bare(connection: Connection, process: str) -> ProcessModel:
    """
    Return the model of *process* in force, or one that expects nothing of work that was reported
    without; 404 when there is neither.
    """
    active = documents.get_active(connection, "process", process)
    if active is not None:
        return model_of(active.body)
    if not any_instance(connection, process):
        raise not_found("process", process)
    return ProcessModel(process=process, version="", title=process, owner="")


def objectives_of(connection: Connection, process: str) -> list[Objective]:
    """Return the objectives of *process* in force, by name."""
    active = (objective_of(one.body) for one in documents.list_active(connection, "sla"))
    return [one for one in active if one.process == process]


def _tagged(outcome: Outcome) -> tuple[Outcome, dict[str, str]]:
    if outcome.refused:
        return outcome, {}
    return outcome, {"etag": etag(outcome.body["version"], outcome.body["digest"][:12])}
