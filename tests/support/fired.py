"""Firings, decisions and the exceptions that they open, for tests of what becomes of those."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from governance.exception.process_exception import ProcessException
from governance.exception.reconcile import Circumstances, reconcile
from rules.decision import Decision, Firing

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=3)
CASE = Circumstances(
    process="quote-to-cash",
    instance="i-1",
    case_key="E-1",
    stage="bill",
    stage_owner="finance",
    decision="d-1",
)


def firing(occurrence: str = "TS-1", **changes: object) -> Firing:
    return replace(
        Firing(
            rule="rate-agreed",
            rule_version="1.0.0",
            title="Approved time has no agreed rate",
            type="RATE_MISSING",
            severity="high",
            outcome="blocked",
            occurrence=occurrence,
            reason=f"Timesheet {occurrence}: no rate for senior.",
        ),
        **changes,
    )


def decided(*firings: Firing, **changes: object) -> Decision:
    return replace(
        Decision(
            ruleset="billing-eligibility",
            version="1.0.0",
            outcome="blocked" if firings else "clear",
            evaluated=("rate-agreed",),
            firings=firings,
        ),
        **changes,
    )


def opened(occurrence: str = "TS-1", **changes: object) -> ProcessException:
    [change] = reconcile([], decided(firing(occurrence)), CASE, at=NOON)
    return replace(change.exception, **changes)
