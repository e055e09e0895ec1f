"""Systems of record: which system may change each attribute of each type of entity."""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec
from litestar import Response, delete, get, put
from litestar.params import FromPath, RawBody

from controlplane.api import documents as governed
from controlplane.api.problem import not_found
from controlplane.api.query import Items
from controlplane.api.submission import respond
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.pipeline.mastering import entity_of
from controlplane.precondition import etag
from governance.document import GovernedDocument
from governance.document import stores as documents
from governance.exception import stores as exceptions
from governance.exception.process_exception import ProcessException
from governance.version import SemanticVersion
from observability.mastery.document import KIND, read_mastery

_TAGS = ["Contracts"]


class MasteryItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    One row of the matrix: `attributes` lead to the system that is the record of each.

    `strayed` counts, by attribute, the entities of which another system told it.
    """

    entity: str
    version: str
    title: str
    owner: str
    attributes: Mapping[str, str]
    strayed: Mapping[str, int]


@put(
    "/v1/systems-of-record/{entity:str}",
    operation_id="put_system_of_record",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.STEWARD,
)
def put_system_of_record(
    runtime: Wired, request: WebRequest, entity: FromPath[str], body: RawBody
) -> Response[governed.DocumentItem]:
    """
    Say which system is the record of each attribute: `{"attributes": {"name": "crm"}}`.

    From then on a field that another system changes is an exception. A document without a
    `version` takes the next one; the very text that stands keeps its own.
    """
    text = governed.read_text(body)
    mastery = governed.read_checked(text, read_mastery)
    if mastery.entity:
        governed.require_name(mastery.entity, entity, "entity")
    with reading(runtime.databases.state) as connection:
        version = mastery.version or _next(
            text,
            documents.get_active(connection, KIND, entity),
            [one.version for one in documents.list_versions(connection, KIND, entity)],
        )
    return governed.put(
        runtime, request, kind=KIND, name=entity, version=version, text=text, activate=True
    )


@get(
    "/v1/systems-of-record",
    operation_id="list_systems_of_record",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_systems_of_record(runtime: Wired) -> Items[MasteryItem]:
    """The matrix in force by type of entity, and what strays from it now."""
    with reading(runtime.databases.state) as connection:
        active = documents.list_active(connection, KIND)
        strayed = _strayed(exceptions.unresolved_of(connection, KIND))
    return Items(items=[_item(one, strayed) for one in active])


@get(
    "/v1/systems-of-record/{entity:str}",
    operation_id="get_system_of_record",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_system_of_record(runtime: Wired, entity: FromPath[str]) -> Response[MasteryItem]:
    """The row of one type of entity."""
    with reading(runtime.databases.state) as connection:
        found = documents.get_active(connection, KIND, entity)
        if found is None:
            raise not_found("system of record", entity)
        strayed = _strayed(exceptions.unresolved_of(connection, KIND))
    headers = {"etag": etag(found.version, found.digest[:12])}
    return Response(_item(found, strayed), headers=headers)


@delete(
    "/v1/systems-of-record/{entity:str}",
    operation_id="retire_system_of_record",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.STEWARD,
)
def retire_system_of_record(
    runtime: Wired, request: WebRequest, entity: FromPath[str]
) -> Response[governed.DocumentItem]:
    """Take the row out of force: anybody may tell the attributes, and what strayed ends."""
    return respond(governed.retire(runtime, request, kind=KIND, name=entity))


def _next(text: str, active: GovernedDocument | None, known: list[str]) -> str:
    if active is not None and active.body == text:
        return active.version
    highest = max((SemanticVersion.of(one).major for one in known), default=0)
    return f"{highest + 1}.0.0"


def _strayed(standing: Iterable[ProcessException]) -> Counter[tuple[str, str]]:
    return Counter((entity_of(one.instance), one.occurrence) for one in standing)


def _item(one: GovernedDocument, strayed: Mapping[tuple[str, str], int]) -> MasteryItem:
    mastery = read_mastery(one.body)
    counts = {name: strayed.get((one.name, name), 0) for name in mastery.attributes}
    return MasteryItem(
        entity=one.name,
        version=one.version,
        title=mastery.title or one.name,
        owner=mastery.owner,
        attributes=mastery.attributes,
        strayed={name: count for name, count in counts.items() if count},
    )


HANDLERS = [
    put_system_of_record,
    list_systems_of_record,
    get_system_of_record,
    retire_system_of_record,
]
