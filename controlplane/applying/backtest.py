"""Backtests: what is asked stands when it is begun, what is found when it is over."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from controlplane.applying.applying import Applying, not_found
from controlplane.backtest import stores
from controlplane.backtest.asked import Asked, Backtest, Status, Tried, backtest_id
from controlplane.backtest.finding import Finding
from controlplane.backtest.refused import Trial
from controlplane.pipeline.command import Outcome
from governance.document import stores as documents
from rules.refusal import Refusal


class _Begin(msgspec.Struct, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """`against` absent: the version in force."""

    ruleset: str
    version: str
    digest: str
    process: str
    against: str | msgspec.UnsetType | None = msgspec.UNSET
    since: datetime | None = None
    until: datetime | None = None
    cases: int | None = None
    history: bool = True


class _Try(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    version: str
    format: str
    media_type: str
    digest: str
    days: int
    entries: int


class _End(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    status: Status
    because: str = ""
    finding: dict[str, Any] | None = None


def begin(applying: Applying) -> Outcome | Refusal:
    """Write down what is asked; the log counts up to here."""
    body = msgspec.convert(applying.command.body, _Begin)
    against = body.against
    if against is msgspec.UNSET:
        active = documents.get_active(applying.state, "ruleset", body.ruleset)
        against = active.version if active else None
    elif against is not None:
        found = documents.get_document(applying.state, "ruleset", body.ruleset, against)
        if found is None:
            return not_found("ruleset", f"{body.ruleset} {against}")
    begun = Backtest(
        id=backtest_id(applying.command.id),
        asked=Asked(
            ruleset=body.ruleset,
            version=body.version,
            digest=body.digest,
            process=body.process,
            against=against,
            as_of=applying.moment.at,
            offset=applying.moment.offset,
            since=body.since,
            until=body.until,
            cases=body.cases,
            history=body.history,
        ),
        asked_by=applying.command.actor,
        asked_at=applying.command.at,
    )
    stores.add(applying.state, begun)
    return Outcome(status=202, body={"id": begun.id})


def begin_trial(applying: Applying) -> Outcome | Refusal:
    """Write down which document is tried on which events; the log counts up to here."""
    body = msgspec.convert(applying.command.body, _Try)
    begun = Backtest(
        id=backtest_id(applying.command.id),
        asked=Tried(
            subject=body.subject,
            version=body.version,
            format=body.format,
            media_type=body.media_type,
            digest=body.digest,
            as_of=applying.moment.at,
            offset=applying.moment.offset,
            since=applying.moment.at - timedelta(days=body.days),
            entries=body.entries,
        ),
        asked_by=applying.command.actor,
        asked_at=applying.command.at,
    )
    stores.add(applying.state, begun)
    return Outcome(status=202, body={"id": begun.id})


def end(applying: Applying) -> Outcome | Refusal:
    """Keep what was found, or that nothing was."""
    body = msgspec.convert(applying.command.body, _End)
    standing = stores.get(applying.state, body.id)
    if standing is None:
        return not_found("backtest", body.id)
    if standing.status != stores.RUNNING:
        return Refusal(
            type="backtest-over",
            status=409,
            title="The backtest is over",
            detail=f"The backtest {body.id} is {standing.status}; nothing is left to end.",
        )
    ended = msgspec.structs.replace(
        standing,
        status=body.status,
        because=body.because,
        finding=_finding(standing, body.finding),
        ended_at=applying.command.at,
    )
    stores.save(applying.state, ended)
    asked = standing.asked
    told = {"version": asked.version, "digest": asked.digest}
    ended_as = {"backtest": body.id, "status": body.status}
    if isinstance(asked, Tried):
        applying.record("contract:version:tried", asked.subject, {**told, **ended_as})
    else:
        against = {"against": asked.against}
        applying.record("ruleset:version:backtested", asked.ruleset, told | against | ended_as)
    return Outcome(status=200, body={"id": body.id, "status": body.status})


def _finding(standing: Backtest, found: dict[str, Any] | None) -> Finding | Trial | None:
    if found is None:
        return None
    if isinstance(standing.asked, Tried):
        return msgspec.convert(found, Trial)
    return msgspec.convert(found, Finding)
