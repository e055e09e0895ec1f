"""Schemas by their global id, whatever subjects they stand under."""

from typing import Any

from controlplane.api.ccompat.asked import Asked
from controlplane.api.ccompat.described import described, described_schema, text_of
from controlplane.api.problem import ProblemError
from controlplane.database import reading
from governance.schemaregistry import stores
from governance.schemaregistry.refusing import schema_unknown
from governance.schemaregistry.schema import TYPES, Registered
from governance.schemaregistry.stores import Kept

_LONGEST_ID = 9


def list_types(_: Asked) -> list[str]:
    return list(TYPES)


def list_schemas(asked: Asked) -> list[dict[str, Any]]:
    prefix = asked.text("subjectPrefix").removeprefix(":*:")
    with reading(asked.runtime.databases.state) as connection:
        found = stores.every(connection)
    shown = [one for one in found if asked.flag("deleted") or not one.deleted]
    if asked.flag("latestOnly"):
        shown = list({one.subject: one for one in shown}.values())
    wanted = [one for one in shown if one.subject.startswith(prefix)]
    return [described(asked, one) for one in asked.page(wanted)]


def get_schema(asked: Asked, id_: str) -> dict[str, Any]:
    kept = _kept(asked, id_)
    found = [one for one in _versions(asked, kept) if not one.deleted]
    text = text_of(asked, kept.schema, found[-1].subject if found else "")
    told = {"guid": kept.guid, **described_schema(kept.schema, text)}
    if found and asked.text("subject"):
        told |= {"subject": found[-1].subject, "version": found[-1].version}
    if asked.flag("fetchMaxId"):
        with reading(asked.runtime.databases.state) as connection:
            told["maxId"] = stores.last_id(connection)
    return told


def get_text(asked: Asked, id_: str) -> str:
    return str(get_schema(asked, id_)["schema"])


def get_by_guid(asked: Asked, guid: str) -> dict[str, Any]:
    with reading(asked.runtime.databases.state) as connection:
        kept = stores.kept_by_guid(connection, guid)
    if kept is None:
        raise ProblemError(schema_unknown())
    text = text_of(asked, kept.schema)
    return {"id": kept.id, "guid": kept.guid, **described_schema(kept.schema, text)}


def list_subjects(asked: Asked, id_: str) -> list[str]:
    found = _versions(asked, _kept(asked, id_))
    return asked.page(sorted({one.subject for one in found if _shown(asked, one)}))


def list_versions(asked: Asked, id_: str) -> list[dict[str, Any]]:
    found = _versions(asked, _kept(asked, id_))
    return asked.page(
        [{"subject": one.subject, "version": one.version} for one in found if _shown(asked, one)]
    )


def _shown(asked: Asked, one: Registered) -> bool:
    return asked.flag("deleted") or not one.deleted


def _versions(asked: Asked, kept: Kept) -> list[Registered]:
    name = asked.text("subject")
    with reading(asked.runtime.databases.state) as connection:
        found = stores.versions_of_schema(connection, kept.id)
    return [one for one in found if not name or one.subject == asked.subject(name)]


def _kept(asked: Asked, id_: str) -> Kept:
    if id_.isascii() and id_.isdigit() and len(id_) <= _LONGEST_ID:
        with reading(asked.runtime.databases.state) as connection:
            kept = stores.kept_by_id(connection, int(id_))
        if kept is not None:
            return kept
    raise ProblemError(schema_unknown())
