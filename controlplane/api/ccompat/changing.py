"""What changes the registry: each is a command on the log, answered when it stands."""

from typing import Any

from controlplane.api.ccompat.asked import HIGHEST, Asked, answered, version_of
from controlplane.api.demands import demanded
from controlplane.api.problem import ProblemError
from controlplane.api.submission import submit
from controlplane.identity.authentication import require
from controlplane.identity.role import Role
from governance.schemaregistry.refusing import UNPROCESSABLE, refusal
from governance.schemaregistry.schema import read_schema
from rules.refusal import Refusal


def register(asked: Asked, name: str) -> dict[str, Any]:
    """Answer with the id when the schema stands, for the first time or since long."""
    require(asked.request.user, Role.CONTRIBUTOR)
    sent = asked.body()
    answered(read_schema(sent))  # what cannot be read is refused before it is written
    told = ("schema", "schemaType", "references", "metadata", "ruleSet")
    settings = asked.runtime.settings
    body = {
        "subject": asked.subject(name),
        "schema": {name: sent[name] for name in told if sent.get(name) is not None},
        "normalize": asked.flag("normalize"),
        **{name: _chosen(sent, name) for name in ("id", "version")},
        "owner": settings.schema_registry_owner,
        "system": settings.schema_registry_system,
        **demanded(asked.runtime, asked.request),
    }
    found = change(asked, "schema-registry:register", body)
    schema = found["schema"]
    told_type = {} if schema["type"] == "AVRO" else {"schemaType": schema["type"]}
    return {
        **{name: found[name] for name in ("id", "guid", "version")},
        "schema": sent["schema"] if schema["compiled"] else schema["text"],  # clients keep it
        **told_type,
        **({"references": schema["references"]} if schema["references"] else {}),
        **schema["beside"],
    }


def _chosen(sent: dict[str, Any], name: str) -> int | None:
    """Return the number that the client gives, which it may where schemas are imported."""
    number = sent.get(name)
    if number in {None, -1, 0}:
        return None
    if isinstance(number, int) and not isinstance(number, bool) and 0 < number <= HIGHEST:
        return number
    raise ProblemError(refusal(UNPROCESSABLE, f"{name} is a number from 1 to {HIGHEST}"))


def delete_subject(asked: Asked, name: str) -> list[int]:
    found: list[int] = change(asked, "schema-registry:delete", _deletion(asked, name))
    return found


def delete_version(asked: Asked, name: str, version: str) -> int:
    body = {**_deletion(asked, name), "version": version_of(version)}
    found: list[int] = change(asked, "schema-registry:delete", body)
    return found[0]


def _deletion(asked: Asked, name: str) -> dict[str, Any]:
    return {
        "subject": asked.subject(name),
        "permanent": asked.flag("permanent"),
        **demanded(asked.runtime, asked.request),
    }


def change(asked: Asked, name: str, body: dict[str, Any]) -> Any:
    """Return what the command *name* answers; raises its refusal."""
    outcome = submit(asked.runtime, asked.request, name, body)
    if not outcome.refused:
        return outcome.body
    told = outcome.body
    code = told.get("error_code", outcome.status)
    raise ProblemError(
        Refusal(
            type="schema-registry",
            status=outcome.status,
            title=told["title"],
            detail=told["detail"],
            extra={"error_code": code},
        )
    )
