"""
What Kafka clients ask of the schema registry: schemas registered and deleted, levels and modes.

Each subject is a contract, each version a published one; the first client to name a subject
registers its contract for the team and the system that the command carries.
"""

from collections.abc import Mapping, Sequence

import msgspec

from controlplane.applying.applying import Applying, Handler
from controlplane.applying.lifecycle import remember_users, tell
from controlplane.applying.redefining import redefine
from controlplane.lintpolicies import policies
from controlplane.pipeline.command import Outcome
from governance.contract import stores as contracts
from governance.contract.catalogue import Contract, Version
from governance.contract.finding import BLOCKING
from governance.contract.lifecycle import Farewell, transition
from governance.contract.likeness import fields_of
from governance.contract.likeness_stores import save_fields
from governance.contract.versions import styled
from governance.review import stores as reviews
from governance.review.demand import read_demands
from governance.schemaregistry import deleting, setting_stores, stores
from governance.schemaregistry.checking import Readable, conflicts, read
from governance.schemaregistry.compiling import settled
from governance.schemaregistry.configuring import MODE
from governance.schemaregistry.importing import Wanted, closed, met, taken
from governance.schemaregistry.naming import contract_names, split
from governance.schemaregistry.publishing import contract_for, version_for
from governance.schemaregistry.referring import Resolve
from governance.schemaregistry.refusing import INCOMPATIBLE, NOT_PERMITTED, refusal
from governance.schemaregistry.schema import Registered, Schema, read_schema
from rules.refusal import Refusal


def register(applying: Applying) -> Outcome | Refusal:
    body, subject = applying.command.body, applying.field("subject")
    resolve = stores.resolver(applying.state, split(subject)[0])
    asked = _asked(applying, resolve)
    if isinstance(asked, Refusal):
        return asked
    standing = stores.versions(applying.state, subject)
    wanted = Wanted(id=body.get("id"), version=body.get("version"))
    same = [one for one in standing if not one.deleted and one.schema.key == asked.key]
    if same and wanted.id in {None, same[-1].id} and wanted.version in {None, same[-1].version}:
        return _answered(same[-1])
    readable = _admitted(applying, asked, wanted, resolve, standing)
    if isinstance(readable, Refusal):
        return readable
    contract = _contract(applying, subject, asked)
    demands = read_demands(body)
    if demands.stewards(contract):
        message = (
            f"Versions of {contract.subject} are signed by stewards: draft it at /v1/contracts"
        )
        return refusal(NOT_PERMITTED, message)
    return _unstyled(applying, contract, readable) or _answered(
        _publish(applying, contract, readable, wanted, standing)
    )


def _unstyled(applying: Applying, contract: Contract, readable: Readable) -> Refusal | None:
    """Return which rules of the house keep the schema out; what is imported was out before."""
    if setting_stores.effective(applying.state, applying.field("subject")).mode == "IMPORT":
        return None
    found = styled(contract, readable.artifact, policies(applying.state))
    blocking = [one for one in found if one.level in BLOCKING]
    if not blocking:
        return None
    first = "; ".join(f"{one.rule} at {one.pointer or '/'}: {one.message}" for one in blocking[:10])
    return refusal(NOT_PERMITTED, f"It breaks rules of the lint policies in force: {first}")


def _asked(applying: Applying, resolve: Resolve) -> Schema | Refusal:
    body, subject = applying.command.body, applying.field("subject")
    normalize = body["normalize"] or setting_stores.effective(applying.state, subject).normalize
    asked = read_schema(body["schema"], normalize=normalize)
    return asked if isinstance(asked, Refusal) else settled(asked, resolve, normalize=normalize)


def _answered(one: Registered) -> Outcome:
    return Outcome(status=200, body=msgspec.to_builtins(one))


def _admitted(
    applying: Applying,
    asked: Schema,
    wanted: Wanted,
    resolve: Resolve,
    standing: Sequence[Registered],
) -> Readable | Refusal:
    """Return what may be registered as the next version, or why it may not."""
    state, subject = applying.state, applying.field("subject")
    config = setting_stores.effective(state, subject)
    known = stores.kept_by_key(state, asked.key)
    holder = None if wanted.id is None else stores.kept_by_id(state, wanted.id)
    refused = closed(subject, config.mode, wanted) or taken(
        asked,
        wanted,
        same=known.id if known else None,
        holder=holder.schema if holder else None,
        standing=standing,
    )
    if refused:
        return refused
    readable = read(asked, resolve)
    if isinstance(readable, Refusal):
        return readable
    alive = [one for one in standing if not one.deleted]
    found = conflicts(readable, config, alive, resolve, applying.command.at.date())
    if not found or config.mode == "IMPORT":
        return readable
    message = "Schema being registered is incompatible with an earlier schema for subject "
    first = "; ".join(f"{one.rule} at {one.pointer or '/'}: {one.message}" for one in found[:10])
    return refusal(INCOMPATIBLE, f"{message}'{subject}' ({config.level}): {first}")


def _contract(applying: Applying, subject: str, asked: Schema) -> Contract:
    """Return the contract that stands for *subject*; a new one is not stored yet."""
    state = applying.state
    name = stores.contract_of(state, subject, asked.type)
    known = contracts.get_contract(state, name) if name else None
    if known is not None:
        return known
    first, apart = contract_names(subject, asked.type)
    return contract_for(
        apart if contracts.get_contract(state, first) else first,
        asked,
        title=subject,
        owner=applying.field("owner"),
        system=applying.field("system"),
        compatibility=setting_stores.effective(state, subject).compatibility,
        actor=applying.command.actor,
        at=applying.command.at,
    )


def _publish(
    applying: Applying,
    contract: Contract,
    readable: Readable,
    wanted: Wanted,
    standing: Sequence[Registered],
) -> Registered:
    state, subject, schema = applying.state, applying.field("subject"), readable.schema
    before = applying.processing.definitions(state)
    if contracts.get_contract(state, contract.subject) is None:
        contracts.add_contract(state, contract)
        stores.add_subject(state, subject, schema.type, contract.subject)
        told = {"owner": contract.owner, "registry_subject": subject}
        applying.record("contract:subject:registered", contract.subject, told)
    version = version_for(
        contract,
        readable,
        contracts.list_versions(state, contract.subject),
        actor=applying.command.actor,
        at=applying.command.at,
    )
    contracts.add_version(state, version)
    save_fields(state, contract.subject, fields_of(readable.artifact.data))
    kept = stores.keep(state, schema, context=split(subject)[0], id_=wanted.id)
    following = standing[-1].version + 1 if standing else 1
    registered = Registered(
        subject=subject,
        version=wanted.version or following,
        id=kept.id,
        guid=kept.guid,
        schema=schema,
        contract=contract.subject,
        contract_version=version.version,
    )
    stores.add_version(state, registered)
    numbered = {"version": version.version, "digest": version.digest, "schema_id": kept.id}
    applying.record("contract:version:published", contract.subject, numbered)
    redefine(applying, before, f"contract {contract.subject} {version.version} published")
    tell(applying, contract, version, "published")
    return registered


def delete(applying: Applying) -> Outcome | Refusal:
    body, subject = applying.command.body, applying.field("subject")
    permanent, standing = body["permanent"], stores.versions(applying.state, subject)
    mode = setting_stores.effective(applying.state, subject).mode
    if mode.startswith("READONLY"):
        return refusal(NOT_PERMITTED, f"Subject '{subject}' is in {mode.lower()} mode")

    def referring(one: Registered) -> Sequence[int]:
        return stores.referring(applying.state, one.subject, one.version)

    chosen = (
        deleting.one_version(subject, body["version"], standing, referring, permanent=permanent)
        if "version" in body
        else deleting.whole_subject(subject, standing, referring, permanent=permanent)
    )
    if isinstance(chosen, Refusal):
        return chosen
    ending = _ending(applying, chosen, "retired" if permanent else "deprecated")
    if isinstance(ending, Refusal):
        return ending
    before = applying.processing.definitions(applying.state)
    for one in chosen:
        (stores.delete_for_good if permanent else stores.delete_softly)(applying.state, one)
    for _, version in ending:
        contracts.save_lifecycle(applying.state, version)
        remember_users(applying, version)
        told = {"version": version.version, "registry_subject": subject}
        applying.record(f"contract:version:{version.lifecycle}", version.subject, told)
    redefine(applying, before, f"subject {subject} deleted from the schema registry")
    for contract, version in ending:
        tell(applying, contract, version, version.lifecycle)
    return Outcome(status=200, body=[one.version for one in chosen])


def _ending(
    applying: Applying, chosen: Sequence[Registered], to: str
) -> list[tuple[Contract, Version]] | Refusal:
    """Return the contracts' versions as they end, or who would be left without them."""
    ended = []
    for one in chosen:
        contract = contracts.get_contract(applying.state, one.contract)
        version = contracts.get_version(applying.state, one.contract, one.contract_version)
        if contract is None or version is None or version.lifecycle in {to, "retired"}:
            continue
        moved = _moved(applying, contract, version, to)
        if isinstance(moved, Refusal):
            return refusal(NOT_PERMITTED, f"{moved.title}: {moved.detail}")
        ended.append((contract, moved))
    return ended


def _moved(applying: Applying, contract: Contract, version: Version, to: str) -> Version | Refusal:
    demands = read_demands(applying.command.body)
    since = demands.seen_since(applying.command.at)
    named = (version.subject, version.version)
    return transition(
        version,
        to,
        others=contracts.list_versions(applying.state, version.subject),
        consumers=contracts.list_consumers(applying.state, version.subject),
        observed=reviews.observed(applying.state, *named, since=since) if to == "retired" else (),
        steward=True,  # who may delete is asked at the door
        farewell=Farewell(notice_days=demands.notice_days(contract)),
        at=applying.command.at,
    )


def put_settings(applying: Applying) -> Outcome | Refusal:
    scope, said = applying.field("scope"), applying.command.body["settings"]
    if said.get(MODE) == "IMPORT" and not applying.command.body["force"]:
        refused = met(scope, [name for name, gone in stores.subjects(applying.state) if not gone])
        if refused:
            return refused
    before = setting_stores.settings_of(applying.state, scope)
    setting_stores.put_settings(applying.state, scope, said)
    for name, value in said.items():
        _record_setting(applying, name, before.get(name), value)
    return Outcome(status=200, body=said)


def drop_settings(applying: Applying) -> Outcome | Refusal:
    scope, names = applying.field("scope"), applying.command.body["settings"]
    found = setting_stores.settings_of(applying.state, scope)
    before = {name: found[name] for name in names if name in found}
    setting_stores.drop_settings(applying.state, scope, before)
    for name, value in before.items():
        _record_setting(applying, name, value, None)
    return Outcome(status=200, body=before)


def _record_setting(applying: Applying, name: str, before: str | None, after: str | None) -> None:
    told = {"before": before, "after": after}
    applying.record(f"schema-registry:{name}:set", applying.field("scope"), told)


HANDLERS: Mapping[str, Handler] = {
    "schema-registry:register": register,
    "schema-registry:delete": delete,
    "schema-registry:settings:put": put_settings,
    "schema-registry:settings:drop": drop_settings,
}
