"""Who answers for a contract, who did before, and which contracts say nearly the same."""

import msgspec
from litestar import Response, get, put
from litestar.params import FromPath, JSONBody

from controlplane.api.problem import not_found
from controlplane.api.query import Items
from controlplane.api.submission import change, plain
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from governance.contract import stores as contracts
from governance.contract.catalogue import Contract
from governance.contract.likeness import Alike
from governance.contract.likeness_stores import alike_to
from governance.contract.ownership import Tenure

_TAGS = ["Contracts"]


class OwnerBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    owner: str
    reason: str


@put(
    "/v1/contracts/{subject:str}/owner",
    operation_id="put_contract_owner",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.STEWARD,
)
def put_owner(
    runtime: Wired, request: WebRequest, subject: FromPath[str], data: JSONBody[OwnerBody]
) -> Response[Contract]:
    """Hand a contract over to another team, and say why."""
    return change(runtime, request, "contract:owner:put", {"subject": subject, **plain(data)})


@get(
    "/v1/contracts/{subject:str}/owners",
    operation_id="list_contract_owners",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_owners(runtime: Wired, subject: FromPath[str]) -> Items[Tenure]:
    """Who answered for a contract since when, the first first."""
    with reading(runtime.databases.state) as connection:
        found = contracts.list_owners(connection, subject)
    if not found:
        raise not_found("contract", subject)
    return Items(items=found)


@get(
    "/v1/contracts/{subject:str}/similar",
    operation_id="list_similar_contracts",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_similar(runtime: Wired, subject: FromPath[str]) -> Items[Alike]:
    """Contracts of other subjects whose newest drafts declare nearly the same fields."""
    with reading(runtime.databases.state) as connection:
        if contracts.get_contract(connection, subject) is None:
            raise not_found("contract", subject)
        return Items(items=alike_to(connection, subject))


HANDLERS = [put_owner, list_owners, list_similar]
