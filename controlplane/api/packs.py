"""Packs: which bundles were installed here, and in which version."""

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody, RawBody

from controlplane.api import documents as governed
from controlplane.api.query import Items
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.pack.part import Difference, Part
from controlplane.pack.read import PackHead
from controlplane.pack.standing import differences
from governance.document import stores as documents
from rules.document import read_document

_TAGS = ["Operating"]


class PartsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    parts: list[Part]


@post(
    "/v1/packs/check",
    operation_id="check_pack",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def check_pack(runtime: Wired, data: JSONBody[PartsBody]) -> Items[Difference]:
    """Say which parts of a pack are registered with something else; keep nothing."""
    with reading(runtime.databases.state) as connection:
        return Items(items=list(differences(connection, data.parts)))


@put(
    "/v1/packs/{pack:str}",
    operation_id="put_pack",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.STEWARD,
)
def put_pack(
    runtime: Wired, request: WebRequest, pack: FromPath[str], body: RawBody
) -> Response[governed.DocumentItem]:
    """Say that the pack of this `pack.yaml` is installed; its parts are sent one by one before."""
    text = governed.read_text(body)
    head = governed.read_checked(text, _read)
    governed.require_name(head.pack, pack, "pack")
    return governed.put(runtime, request, kind="pack", name=pack, version=head.version, text=text)


@get(
    "/v1/packs",
    operation_id="list_packs",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_packs(runtime: Wired) -> Items[PackHead]:
    """Every installed pack, in the version that was installed last."""
    with reading(runtime.databases.state) as connection:
        active = documents.list_active(connection, "pack")
    return Items(items=[_read(one.body) for one in active])


def _read(text: str) -> PackHead:
    return read_document(text, PackHead)


HANDLERS = [check_pack, put_pack, list_packs]
