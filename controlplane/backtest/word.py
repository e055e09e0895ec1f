"""What one version says of an occurrence, as a person reads it: broken, or why it is not."""

from controlplane.backtest.finding import Word
from governance.exception.process_exception import ProcessException
from rules.decision import Decision

NOTHING_COMPARED = "no version is compared with"


def word(
    exception: ProcessException | None, decision: Decision | None, rule: str, occurrence: str
) -> Word:
    """Return what *decision* says of *rule*; *exception* is what it leaves standing of it."""
    if exception is None:
        return Word(broken=False, reason=_why_not(decision, rule, occurrence))
    return Word(
        broken=True,
        reason=exception.reason,
        severity=exception.severity,
        owner=exception.owner,
        blocked=exception.blocked,
        exposure=exception.exposure,
        delayed_since=exception.delayed_since,
        evidence=exception.evidence,
    )


def _why_not(decision: Decision | None, rule: str, occurrence: str) -> str:
    if decision is None:
        return NOTHING_COMPARED
    quiet = next((one.because for one in decision.not_fired if one.rule == rule), None)
    unasked = next((one.because for one in decision.not_evaluated if one.rule == rule), None)
    if quiet is not None:
        return quiet
    if unasked is not None:
        return f"could not be checked: {unasked}"
    if rule in decision.evaluated:
        return f"{occurrence} does not break the rule"
    return f"version {decision.version} has no rule {rule}"
