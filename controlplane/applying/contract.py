"""
Contracts: registered, drafted, moved along their lifecycle, read by declared consumers.

A version's bytes travel in the command packed, as base64 text: the digest is of what was sent.
"""

import base64
from collections.abc import Sequence
from typing import Any

import msgspec

from controlplane.applying.applying import Applying, not_found
from controlplane.applying.redefining import redefine
from controlplane.pipeline.command import Outcome
from governance.contract import catalogue, lifecycle, versions
from governance.contract import stores as contracts
from governance.contract.catalogue import Consumer, Contract, Version
from governance.contract.evolution import against_published, read_version
from governance.contract.finding import Finding
from governance.contract.packing import unpacked
from governance.team import stores as teams
from rules.refusal import Refusal

STEWARDS = frozenset({"steward", "admin"})


def register(applying: Applying) -> Outcome | Refusal:
    body = applying.command.body
    existing = contracts.get_contract(applying.state, applying.field("subject"))
    decided = catalogue.register(
        existing,
        body,
        teams=[one.team for one in teams.list_teams(applying.state)],
        actor=applying.command.actor,
        at=applying.command.at,
    )
    if isinstance(decided, Refusal):
        return decided
    if existing is None:
        contracts.add_contract(applying.state, decided)
        applying.record("contract:subject:registered", decided.subject, {"owner": decided.owner})
    return Outcome(status=200 if existing else 201, body=described(decided))


def create_version(applying: Applying) -> Outcome | Refusal:
    subject = applying.field("subject")
    contract = contracts.get_contract(applying.state, subject)
    if contract is None:
        return not_found("contract", subject)
    existing = contracts.list_versions(applying.state, subject)
    decided = versions.draft(
        contract,
        existing,
        content=_content(applying),
        media_type=applying.field("media_type"),
        version=applying.field("version") or None,
        actor=applying.command.actor,
        at=applying.command.at,
    )
    if isinstance(decided, Refusal):
        return decided
    standing = any(one.version == decided.version for one in existing)
    if not standing:
        contracts.add_version(applying.state, decided)
        applying.record(
            "contract:version:drafted",
            subject,
            {"version": decided.version, "digest": decided.digest},
        )
    return Outcome(status=200 if standing else 201, body=described_version(decided))


def _content(applying: Applying) -> bytes:
    sent = applying.field("packed")
    if sent:
        return unpacked(base64.b64decode(sent))
    return base64.b64decode(applying.field("content"))


def transition(applying: Applying) -> Outcome | Refusal:
    subject, number = applying.field("subject"), applying.field("version")
    version = contracts.get_version(applying.state, subject, number)
    if version is None:
        return not_found("version", f"{subject} {number}")
    sunset = applying.instant("sunset")
    if isinstance(sunset, Refusal):
        return sunset
    others = contracts.list_versions(applying.state, subject)
    decided = lifecycle.transition(
        version,
        applying.field("to"),
        others=others,
        compared=_compared(applying, version, others),
        consumers=contracts.list_consumers(applying.state, subject),
        steward=not STEWARDS.isdisjoint(applying.command.roles),
        at=applying.command.at,
        sunset=sunset,
    )
    if isinstance(decided, Refusal):
        return decided
    before = applying.processing.definitions(applying.state)
    contracts.save_lifecycle(applying.state, decided)
    applying.record(
        f"contract:version:{decided.lifecycle}",
        subject,
        {"version": number, "digest": decided.digest, "comment": applying.field("comment")},
    )
    redefine(applying, before, f"contract {subject} {number} {decided.lifecycle}")
    return Outcome(status=200, body=described_version(decided))


def _compared(applying: Applying, version: Version, others: Sequence[Version]) -> Sequence[Finding]:
    """What another draft was compared with is past: a version goes out beside what is out now."""
    contract = contracts.get_contract(applying.state, version.subject)
    broken = any(finding.level == "error" for finding in version.findings)
    if applying.field("to") != "published" or contract is None or broken:
        return ()
    at = applying.command.at
    return against_published(contract, read_version(version), version.number, others, at=at)


def put_consumer(applying: Applying) -> Outcome | Refusal:
    subject, system = applying.field("subject"), applying.field("system")
    contract = contracts.get_contract(applying.state, subject)
    if contract is None:
        return not_found("contract", subject)
    decided = catalogue.declare(
        contract,
        system,
        versions=applying.field("versions") or "*",
        contact=applying.field("contact"),
        actor=applying.command.actor,
        at=applying.command.at,
    )
    if isinstance(decided, Refusal):
        return decided
    contracts.save_consumer(applying.state, decided)
    applying.record(
        "contract:consumer:declared", subject, {"system": system, "versions": decided.versions}
    )
    return Outcome(status=200, body=described_consumer(decided))


def described(contract: Contract) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(contract)
    return plain


def described_version(version: Version) -> dict[str, Any]:
    """Everything about a version but its bytes."""
    plain: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(version, artifact=b""))
    del plain["artifact"]
    return plain


def described_consumer(consumer: Consumer) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(consumer)
    return plain
