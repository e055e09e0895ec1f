"""
Contracts: registered, drafted, moved along their lifecycle, read by declared consumers.

A version's bytes travel in the command packed, as base64 text: the digest is of what was sent.
"""

import base64
from typing import Any

import msgspec

from controlplane.applying.applying import Applying, not_found
from controlplane.lintpolicies import policies
from controlplane.pipeline.command import Outcome
from governance.contract import catalogue, ownership, versions
from governance.contract import stores as contracts
from governance.contract.artifact import ArtifactError
from governance.contract.catalogue import Consumer, Contract, Version
from governance.contract.evolution import read_version
from governance.contract.likeness import fields_of
from governance.contract.likeness_stores import save_fields
from governance.contract.packing import unpacked
from governance.team import stores as teams
from rules.refusal import Refusal

STEWARDS = frozenset({"steward", "admin"})


def register(applying: Applying) -> Outcome | Refusal:
    body, subject = applying.command.body, applying.field("subject")
    existing = contracts.get_contract(applying.state, subject)
    decided = catalogue.register(
        existing,
        body,
        teams=[one.team for one in teams.list_teams(applying.state)],
        actor=applying.command.actor,
        at=applying.command.at,
        former=[one.owner for one in contracts.list_owners(applying.state, subject)],
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
        actor=applying.field("author") or applying.command.actor,
        at=applying.command.at,
        policies=policies(applying.state),
    )
    if isinstance(decided, Refusal):
        return decided
    standing = any(one.version == decided.version for one in existing)
    if not standing:
        contracts.add_version(applying.state, decided)
        save_fields(applying.state, subject, _fields(decided))
        applying.record(
            "contract:version:drafted",
            subject,
            {"version": decided.version, "digest": decided.digest},
        )
    return Outcome(status=200 if standing else 201, body=described_version(decided))


def hand_over(applying: Applying) -> Outcome | Refusal:
    subject = applying.field("subject")
    contract = contracts.get_contract(applying.state, subject)
    if contract is None:
        return not_found("contract", subject)
    decided = ownership.hand_over(
        contract,
        applying.field("owner"),
        contracts.list_owners(applying.state, subject),
        reason=applying.field("reason"),
        teams=[one.team for one in teams.list_teams(applying.state)],
        actor=applying.command.actor,
        at=applying.command.at,
    )
    if isinstance(decided, Refusal):
        return decided
    handed, tenure = decided
    contracts.save_owner(applying.state, tenure)
    told = {"from": contract.owner, "to": tenure.owner, "reason": tenure.reason}
    applying.record("contract:subject:handed-over", subject, told)
    applying.processing.forget()  # what is in force names owners
    return Outcome(status=200, body=described(handed))


def _fields(version: Version) -> frozenset[str]:
    """What cannot be read has no fields; its findings say why."""
    try:
        return fields_of(read_version(version).data)
    except ArtifactError:
        return frozenset()


def _content(applying: Applying) -> bytes:
    sent = applying.field("packed")
    if sent:
        return unpacked(base64.b64decode(sent))
    return base64.b64decode(applying.field("content"))


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
        uses=applying.command.body.get("uses", ()),
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
