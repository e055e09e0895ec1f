"""Coverage in production: how often each rule and each of its conditions held."""

from datetime import datetime

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from controlplane import registered
from controlplane.api.overview import WindowText, window_of
from controlplane.api.problem import not_found
from controlplane.api.query import AsOf, instant_of
from controlplane.api.wiring import Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from governance.decision.reach_stores import counted, versions_counted
from governance.document import stores as documents
from rules.analysis.production import RuleUse, production


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """
    How often the rules of one version held, over the decisions of the window.

    Every decision of the worker and of the gate counts once for each rule that it checked; of a
    rule that did not fire the facts that came nearest count, up to the condition that stopped
    them. What could not be checked is counted in `/metrics`. `since` is null for all time.
    """

    ruleset: str
    version: str
    versions: tuple[str, ...]
    window: str
    since: datetime | None
    as_of: datetime
    never_fired: tuple[str, ...]
    rules: tuple[RuleUse, ...]


@get(
    "/v1/rulesets/{ruleset:str}/coverage",
    operation_id="get_ruleset_coverage",
    tags=["Rules"],
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_coverage(
    runtime: Wired,
    ruleset: FromPath[str],
    *,
    version: FromQuery[str | None] = None,
    window: WindowText = "30d",
    as_of: AsOf = None,
) -> Coverage:
    """How often each rule and condition held in production: the version in force, or another."""
    wanted = window_of(window, instant_of(as_of))
    with reading(runtime.databases.state) as connection:
        found = (
            documents.get_active(connection, "ruleset", ruleset)
            if version is None
            else documents.get_document(connection, "ruleset", ruleset, version)
        )
        if found is None:
            named = ruleset if version is None else f"{ruleset} {version}"
            raise not_found("rule set in force" if version is None else "rule set version", named)
        since = None if wanted.since is None else wanted.since.date()
        came = counted(connection, ruleset, found.version, since=since)
        versions = versions_counted(connection, ruleset)
    rules = production(registered.ruleset_of(found.body), came)
    return Coverage(
        ruleset=ruleset,
        version=found.version,
        versions=tuple(versions),
        window=window,
        since=wanted.since,
        as_of=wanted.as_of,
        never_fired=tuple(one.rule for one in rules if not one.fired),
        rules=rules,
    )


HANDLERS = [get_coverage]
