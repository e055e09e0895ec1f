"""Every route, asked by every role, and by nobody."""

import re
from collections.abc import Iterator
from inspect import iscoroutinefunction
from pathlib import Path

import pytest
from house import House, opened
from litestar.handlers import HTTPRouteHandler
from projecting import NOON, installation

from controlplane.api.problem import require_json
from controlplane.api.routes import ROUTES
from controlplane.database import writing
from controlplane.identity.key import Minted, mint
from controlplane.identity.role import IMPLIED, Role
from controlplane.tables import api_key
from rules.instant import to_micros

OPEN = "0.0.0.0"  # noqa: S104 - an address that others reach is what is tried here

HERE = {"host": "controlplane.example"}
LEAST: dict[str, Role | None] = {
    "get_liveness": None,
    "get_readiness": None,
    "get_metrics": Role.VIEWER,
    "create_key": Role.ADMIN,
    "list_keys": Role.ADMIN,
    "revoke_key": Role.ADMIN,
    "create_sweep": Role.OPERATOR,
    "put_team": Role.STEWARD,
    "put_integration": Role.CONTRIBUTOR,
    "put_system_of_record": Role.STEWARD,
    "retire_system_of_record": Role.STEWARD,
    "register_contract": Role.CONTRIBUTOR,
    "create_contract_version": Role.CONTRIBUTOR,
    "transition_contract_version": Role.CONTRIBUTOR,
    "put_contract_consumer": Role.CONTRIBUTOR,
    "check_compatibility": Role.VIEWER,
    "check_artifact": Role.VIEWER,
    "check_contract": Role.VIEWER,
    "try_contract_impact": Role.VIEWER,
    "simulate_compatibility": Role.VIEWER,
    "try_contract": Role.CONTRIBUTOR,
    "try_contract_version": Role.CONTRIBUTOR,
    "cancel_trial": Role.CONTRIBUTOR,
    "approve_contract_version": Role.STEWARD,
    "put_contract_owner": Role.STEWARD,
    "comment_contract_version": Role.CONTRIBUTOR,
    "waive_contract_findings": Role.CONTRIBUTOR,
    "approve_contract_waiver": Role.STEWARD,
    "withdraw_contract_waiver": Role.CONTRIBUTOR,
    "promote_contract_version": Role.CONTRIBUTOR,
    "verify_audit": Role.VIEWER,
    "post_events": Role.CONTRIBUTOR,
    "retract_events": Role.OPERATOR,
    "post_traces": Role.CONTRIBUTOR,
    "post_logs": Role.CONTRIBUTOR,
    "replay_quarantine_entry": Role.OPERATOR,
    "discard_quarantine_entry": Role.OPERATOR,
    "put_aliases": Role.CONTRIBUTOR,
    "withdraw_aliases": Role.OPERATOR,
    "put_mapping": Role.STEWARD,
    "put_process": Role.STEWARD,
    "put_sla": Role.STEWARD,
    "retire_sla": Role.STEWARD,
    "put_calendar": Role.STEWARD,
    "put_system": Role.STEWARD,
    "read_openslo": Role.VIEWER,
    "retire_system": Role.STEWARD,
    "put_kpi": Role.STEWARD,
    "retire_kpi": Role.STEWARD,
    "put_rates": Role.STEWARD,
    "create_sign_off": Role.STEWARD,
    "put_reconciliation": Role.STEWARD,
    "retire_reconciliation": Role.STEWARD,
    "create_reconciliation_run": Role.CONTRIBUTOR,
    "create_reconciliation_extract": Role.CONTRIBUTOR,
    "withdraw_reconciliation_extract": Role.OPERATOR,
    "check_ruleset": Role.CONTRIBUTOR,
    "backtest_ruleset": Role.CONTRIBUTOR,
    "backtest_ruleset_version": Role.CONTRIBUTOR,
    "cancel_backtest": Role.CONTRIBUTOR,
    "put_ruleset_version": Role.CONTRIBUTOR,
    "transition_ruleset_version": Role.STEWARD,
    "roll_back_ruleset": Role.STEWARD,
    "create_decision": Role.CONTRIBUTOR,
    "acknowledge_exception": Role.CONTRIBUTOR,
    "assign_exception": Role.CONTRIBUTOR,
    "comment_exception": Role.CONTRIBUTOR,
    "waive_exception": Role.CONTRIBUTOR,
    "approve_exception": Role.STEWARD,
    "refuse_exception": Role.CONTRIBUTOR,
    "resolve_exception": Role.CONTRIBUTOR,
    "reopen_exception": Role.CONTRIBUTOR,
    "acknowledge_incident": Role.CONTRIBUTOR,
    "assign_incident": Role.CONTRIBUTOR,
    "comment_incident": Role.CONTRIBUTOR,
    "waive_incident": Role.CONTRIBUTOR,
    "approve_incident": Role.STEWARD,
    "refuse_incident": Role.CONTRIBUTOR,
    "resolve_incident": Role.CONTRIBUTOR,
    "put_handling": Role.STEWARD,
    "list_lint_policies": Role.VIEWER,
    "put_lint_policy": Role.STEWARD,
    "retire_lint_policy": Role.STEWARD,
    "simulate_lint_policy": Role.VIEWER,
    "check_pack": Role.CONTRIBUTOR,
    "put_pack": Role.STEWARD,
    "post_schema_registry": Role.VIEWER,
    "put_schema_registry": Role.STEWARD,
    "delete_schema_registry": Role.STEWARD,
    "patch_schema_registry": Role.VIEWER,
    "put_routing": Role.STEWARD,
    "test_routing": Role.VIEWER,
    "retry_delivery": Role.OPERATOR,
    "list_unprocessed": Role.OPERATOR,
    "retry_unprocessed": Role.OPERATOR,
}


class Keys:
    """A house that others can reach, and a key of each role."""

    def __init__(self, house: House, minted: dict[Role, Minted]) -> None:
        self.house, self.minted = house, minted

    def ask(self, handler: HTTPRouteHandler, role: Role | None) -> int:
        """Return the status that *handler* answers *role* with."""
        path = re.sub(r"\{\w+:str\}", "nothing", min(handler.paths))
        headers = {**HERE}
        if role is not None:
            headers["authorization"] = f"Bearer {self.minted[role].token}"
        (method,) = handler.http_methods
        answer = self.house.http.request(method, path, headers=headers, follow_redirects=False)
        return answer.status_code


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keys]:
    folder: Path = tmp_path_factory.mktemp("access")
    databases = installation(folder)
    minted = {role: mint() for role in Role}
    with writing(databases.state) as connection:
        for role, one in minted.items():
            connection.execute(
                api_key.insert().values(
                    id=one.id,
                    hash=one.hash,
                    name=role.value,
                    role=role.value,
                    sources="[]",
                    created_at=to_micros(NOON),
                )
            )
    with opened(databases, folder, host=OPEN) as house:
        yield Keys(house, minted)
    databases.close()


HANDLERS = [handler for handlers, _ in ROUTES for handler in handlers]


def least(handler: HTTPRouteHandler) -> Role | None:
    """The least role that may ask: what only reads asks for a viewer."""
    operation = str(handler.operation_id)
    reads = handler.http_methods == {"GET"}
    return LEAST.get(operation, Role.VIEWER) if reads else LEAST[operation]


@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("handler", HANDLERS, ids=lambda one: one.operation_id)
def test_a_route_answers_those_who_have_its_role_and_nobody_else(
    keys: Keys, handler: HTTPRouteHandler, role: Role | None
):
    needed, status = least(handler), keys.ask(handler, role)
    if needed is None:
        assert status not in {401, 403}
    elif role is None:
        assert status == 401
    elif needed in IMPLIED[role]:
        assert status not in {401, 403}
        assert status != 500
    else:
        assert status == 403


def test_no_route_is_forgotten_here():
    operations = {str(handler.operation_id) for handler in HANDLERS}
    assert set(LEAST) <= operations
    assert len(operations) == len(HANDLERS)


def test_nobody_takes_a_thread_to_be_let_in():
    assert iscoroutinefunction(require_json)
