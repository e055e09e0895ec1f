"""
A candidate is judged against what was promised: its source, its time, its contract.

Contracts are found through a Protocol: who keeps them is not known here.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec

from observability.event import IMPORTED, ProcessEvent
from observability.intake.candidate import Candidate
from observability.intake.rejection import Flaw
from observability.intake.retraction import RETRACTED, read_retraction
from observability.log.entry import OWN_SOURCE
from rules.instant import render_instant
from rules.money import read_money
from rules.refusal import Problem

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=24)
MAX_ERRORS = 20
OUTSIDE_TIME = ("time-too-early", "time-too-late")


class Contract(Protocol):
    """One published version of an event contract."""

    @property
    def reference(self) -> str:
        """`subject@version`."""

    @property
    def owner(self) -> str: ...

    @property
    def unchecked(self) -> str | None:
        """Why no data can be checked; None where they are."""

    def check(self, data: dict[str, object]) -> Sequence[Problem]:
        """Return what is wrong with *data*; pointers are into it. Empty: it conforms."""


class Contracts(Protocol):
    def find(self, type_: str, major: int | None, dataschema: str | None) -> Contract | None:
        """Return the published version that an event of *type_* is held to, or None."""

    def owner(self, type_: str) -> str | None:
        """Return who owns the subject *type_*, published or not."""


def validate(candidate: Candidate, contracts: Contracts, *, at: datetime) -> ProcessEvent | Flaw:
    """Return the event with the contract that it keeps, or why it is not admitted."""
    event = candidate.event
    if not EARLIEST <= event.occurred_at <= at + AHEAD:
        return _outside_time(event, at)
    if event.source.startswith(OWN_SOURCE) and event.source[len(OWN_SOURCE) :][:1] in ("", ":"):
        return Flaw(
            reason="reserved-source",
            detail=f"{OWN_SOURCE} is this program's own source. Send another one.",
            errors=(Problem(pointer="/source", detail="is reserved"),),
        )
    if event.type == RETRACTED:
        return read_retraction(event)
    contract = contracts.find(event.type, candidate.major, candidate.dataschema)
    if contract is None and event.type == IMPORTED and event.backfill:
        return event
    if contract is None:
        return _unregistered(candidate, contracts)
    return _held_to(contract, event)


def _held_to(contract: Contract, event: ProcessEvent) -> ProcessEvent | Flaw:
    if contract.unchecked is not None:
        return _unchecked(event, contract, contract.unchecked)
    problems = contract.check(event.data)
    if problems:
        return _violation(event, contract, problems)
    return msgspec.structs.replace(event, contract=contract.reference)


def _outside_time(event: ProcessEvent, at: datetime) -> Flaw:
    when = render_instant(event.occurred_at)
    early = event.occurred_at < EARLIEST
    detail = (
        f"{when} lies before 1990; look at the producer's clock and unit."
        if early
        else f"{when} lies more than 24 hours ahead of {render_instant(at)}."
    )
    return Flaw(
        reason=OUTSIDE_TIME[0] if early else OUTSIDE_TIME[1],
        detail=detail,
        errors=(Problem(pointer="/time", detail=detail),),
    )


def _unregistered(candidate: Candidate, contracts: Contracts) -> ProcessEvent | Flaw:
    event = candidate.event
    if not candidate.open:
        name = event.type if candidate.major is None else f"{event.type}.v{candidate.major}"
        return Flaw(
            reason="unknown-contract",
            detail=f"No published event contract {name!r}. Publish it, then replay the event.",
            errors=(Problem(pointer="/type", detail="names no published contract"),),
            owner=contracts.owner(event.type),
        )
    amount = event.data.get("amount")
    if amount is not None and read_money(amount) is None:
        return Flaw(
            reason="invalid-amount",
            detail="biz.amount has to be a decimal and biz.currency an ISO 4217 code.",
            errors=(Problem(pointer="/data/amount", detail="is not money"),),
        )
    return event


def _unchecked(event: ProcessEvent, contract: Contract, why: str) -> Flaw:
    """What could not be checked is not admitted: it would stand there as if it had passed."""
    return Flaw(
        reason="not-evaluated",
        detail=f"{event.type} is held to {contract.reference}, and {why}. Publish the contract "
        "in JSON Schema or Avro, then replay the event.",
        errors=(Problem(pointer="/data", detail=why),),
        owner=contract.owner,
        contract=contract.reference,
    )


def _violation(event: ProcessEvent, contract: Contract, problems: Sequence[Problem]) -> Flaw:
    shown = tuple(
        Problem(pointer=f"/data{one.pointer}", detail=one.detail[:500])
        for one in problems[:MAX_ERRORS]
    )
    first = shown[0]
    return Flaw(
        reason="schema-violation",
        detail=f"{event.type} breaks {contract.reference} at {first.pointer}: {first.detail}",
        errors=shown,
        owner=contract.owner,
        contract=contract.reference,
    )
