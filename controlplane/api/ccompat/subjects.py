"""Subjects and their versions, read."""

from typing import Any

from sqlalchemy import Connection

from controlplane.api.ccompat.asked import Asked, answered, version_of
from controlplane.api.ccompat.described import described, text_of
from controlplane.api.problem import ProblemError
from controlplane.database import reading
from governance.schemaregistry import setting_stores, stores
from governance.schemaregistry.checking import read
from governance.schemaregistry.compiling import settled
from governance.schemaregistry.naming import DEFAULT, split
from governance.schemaregistry.refusing import (
    schema_unknown,
    subject_unknown,
    version_unknown,
)
from governance.schemaregistry.schema import Registered, read_schema

_ANY = ":*:"


def list_subjects(asked: Asked) -> list[str]:
    prefix, context = asked.text("subjectPrefix"), asked.context
    everywhere = prefix.startswith(_ANY)
    with reading(asked.runtime.databases.state) as connection:
        found = stores.subjects(connection)
    wanted = prefix.removeprefix(_ANY)
    return asked.page(
        [
            subject
            for subject, gone in found
            if _shown(asked, gone=gone)
            and (context in {DEFAULT, split(subject)[0]})
            and (split(subject)[1] if everywhere else subject).startswith(wanted)
        ]
    )


def _shown(asked: Asked, *, gone: bool) -> bool:
    if asked.flag("deletedOnly"):
        return gone
    return not gone or asked.flag("deleted")


def list_contexts(asked: Asked) -> list[str]:
    with reading(asked.runtime.databases.state) as connection:
        found = {split(subject)[0] for subject, _ in stores.subjects(connection)}
    return asked.page(sorted(found | {DEFAULT}))


def list_versions(asked: Asked, name: str) -> list[int]:
    subject = asked.subject(name)
    with reading(asked.runtime.databases.state) as connection:
        found = stores.versions(connection, subject)
    shown = [one.version for one in found if _shown(asked, gone=one.deleted)]
    if not shown:
        raise ProblemError(subject_unknown(subject))
    return asked.page(shown)


def get_version(asked: Asked, name: str, version: str) -> dict[str, Any]:
    return described(asked, _find(asked, name, version))


def get_text(asked: Asked, name: str, version: str) -> str:
    found = _find(asked, name, version)
    return text_of(asked, found.schema, found.subject)


def get_metadata(asked: Asked, name: str) -> dict[str, Any]:
    """The latest version whose metadata say what is asked for."""
    query = asked.request.query_params
    wanted = dict(zip(query.getall("key", []), query.getall("value", []), strict=False))
    with reading(asked.runtime.databases.state) as connection:
        found = known(connection, asked.subject(name), deleted=asked.flag("deleted"))
    for one in reversed(found):
        told = one.schema.beside.get("metadata", {}).get("properties")
        if wanted.items() <= (told if isinstance(told, dict) else {}).items():
            return described(asked, one)
    raise ProblemError(schema_unknown())


def list_referring(asked: Asked, name: str, version: str) -> list[int]:
    one = _find(asked, name, version)
    with reading(asked.runtime.databases.state) as connection:
        return asked.page(stores.referring(connection, one.subject, one.version))


def look_up(asked: Asked, name: str) -> dict[str, Any]:
    """The newest version of the subject that is the schema of the body."""
    subject, body = asked.subject(name), asked.body()
    with reading(asked.runtime.databases.state) as connection:
        normalize = asked.flag("normalize")
        normalize = normalize or setting_stores.effective(connection, subject).normalize
        sent = answered(read_schema(body, normalize=normalize))
        found = known(connection, subject, deleted=asked.flag("deleted"))
        resolve = stores.resolver(connection, split(subject)[0])
        schema = answered(settled(sent, resolve, normalize=normalize))
        same = [one for one in found if one.schema.key == schema.key]
        if not same:
            answered(read(schema, resolve))  # what cannot be read is no schema that is unknown
    if same:
        return described(asked, same[-1])
    raise ProblemError(schema_unknown())


def known(connection: Connection, subject: str, *, deleted: bool) -> list[Registered]:
    """Return the versions of *subject*; raises 40401 where there is none."""
    found = [one for one in stores.versions(connection, subject) if deleted or not one.deleted]
    if not found:
        raise ProblemError(subject_unknown(subject))
    return found


def numbered(found: list[Registered], version: int | None) -> Registered:
    """Return the *version* of those *found*, None: the latest; raises 40402."""
    if version is None:
        return found[-1]
    for one in found:
        if one.version == version:
            return one
    raise ProblemError(version_unknown(version))


def _find(asked: Asked, name: str, version: str) -> Registered:
    number, subject = version_of(version), asked.subject(name)
    with reading(asked.runtime.databases.state) as connection:
        return numbered(known(connection, subject, deleted=asked.flag("deleted")), number)
