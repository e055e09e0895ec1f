"""What a version in shadow would do otherwise than the one in force, on live cases."""

from datetime import datetime

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from controlplane.api.problem import ProblemError, not_found
from controlplane.api.query import DEFAULT_LIMIT, Cursor, Limit
from controlplane.api.wiring import Wired
from controlplane.database import Connection, reading
from controlplane.identity.role import Role
from governance.document import stores as documents
from governance.exception.at_risk import AtRisk
from governance.shadow import stores as shadows
from governance.shadow.comparison import Comparison, Shadow, Verdict
from governance.shadow.summary import ByRule, Summing
from observability.page import read_offset, write_cursor
from rules.differing import Difference
from rules.refusal import Refusal


class CasesItem(msgspec.Struct, frozen=True, kw_only=True):
    """Those `not_evaluated` are not among those compared; those `waiting` are in no other count."""

    compared: int
    same: int
    differing: int
    not_evaluated: int
    waiting: int


class MoneyItem(msgspec.Struct, frozen=True, kw_only=True):
    """What is at risk by the rule set as it is in force, and by the version in shadow."""

    before: AtRisk
    after: AtRisk


class CaseDifference(msgspec.Struct, frozen=True, kw_only=True):
    """
    One case: firings that would open, close or change, and rules that could not be compared.

    `difference` is null where the case could not be compared at all.
    """

    instance: str
    case: str | None
    verdict: Verdict
    because: str
    difference: Difference | None
    money: MoneyItem


class Differences(msgspec.Struct, frozen=True, kw_only=True):
    """`against` is null where no version is in force; `money` is of the cases that differ."""

    ruleset: str
    version: str
    against: str | None
    since: datetime
    cases: CasesItem
    rules: list[ByRule]
    money: MoneyItem
    items: list[CaseDifference]
    next_cursor: str | None = None


@get(
    "/v1/rulesets/{ruleset:str}/versions/{version:str}/differences",
    operation_id="get_ruleset_differences",
    tags=["Rules"],
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_differences(  # noqa: PLR0913 - one parameter a query parameter
    runtime: Wired,
    ruleset: FromPath[str],
    version: FromPath[str],
    *,
    rule: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Differences:
    """Live cases compared since the version stands in shadow: counts, money, and the cases."""
    begin = 0 if cursor is None else read_offset(cursor)
    summing, page, found = Summing(), list[CaseDifference](), 0
    with reading(runtime.databases.state) as connection:
        shadow = _shadow(connection, ruleset, version)
        counted = shadows.counted(connection, ruleset)
        for one in shadows.differing(connection, ruleset):
            summing.add(one)
            if rule is None or _speaks_of(one, rule):
                page += [_item(one)] if begin <= found < begin + limit else []
                found += 1
    summary = summing.summary()
    return Differences(
        ruleset=ruleset,
        version=version,
        against=shadow.against,
        since=shadow.since,
        cases=CasesItem(
            compared=counted.compared,
            same=counted.same,
            differing=counted.differs,
            not_evaluated=counted.not_evaluated,
            waiting=counted.waiting,
        ),
        rules=[one for one in summary.rules if rule in (None, one.rule)],
        money=MoneyItem(before=summary.before, after=summary.after),
        items=page,
        next_cursor=write_cursor(begin + limit, ruleset) if begin + limit < found else None,
    )


def _shadow(connection: Connection, ruleset: str, version: str) -> Shadow:
    found = documents.get_document(connection, "ruleset", ruleset, version)
    if found is None:
        raise not_found("rule set version", f"{ruleset} {version}")
    shadow = shadows.get_shadow(connection, ruleset)
    if shadow is None or shadow.version != version:
        raise ProblemError(
            Refusal(
                type="not-in-shadow",
                status=409,
                title="This version is compared with nothing",
                detail=f"{ruleset} {version} is {found.state}; move it to shadow first, and live "
                "cases are compared from then on.",
                extra={"state": found.state},
            )
        )
    return shadow


def _speaks_of(one: Comparison, rule: str) -> bool:
    found = one.difference
    if found is None:
        return True
    firings = (*found.opened, *found.closed, *(pair.before for pair in found.changed))
    return rule in {*(f.rule for f in firings), *(f.rule for f in found.incomparable)}


def _item(one: Comparison) -> CaseDifference:
    return CaseDifference(
        instance=one.instance,
        case=one.case or None,
        verdict=one.verdict,
        because=one.because,
        difference=one.difference,
        money=MoneyItem(before=one.before, after=one.after),
    )


HANDLERS = [get_differences]
