"""Would a schema go with what stands: asked, nothing stored."""

from datetime import UTC, datetime
from typing import Any

from controlplane.api.ccompat.asked import Asked, answered, version_of
from controlplane.api.ccompat.subjects import known, numbered
from controlplane.database import reading
from governance.schemaregistry import setting_stores, stores
from governance.schemaregistry.checking import conflicts, read, told
from governance.schemaregistry.compiling import settled
from governance.schemaregistry.naming import split
from governance.schemaregistry.schema import read_schema


def against_version(asked: Asked, name: str, version: str) -> dict[str, Any]:
    return _compared(asked, name, version)


def against_all(asked: Asked, name: str) -> dict[str, Any]:
    """Against as many versions as the subject's level counts."""
    return _compared(asked, name, None)


def _compared(asked: Asked, name: str, version: str | None) -> dict[str, Any]:
    subject = asked.subject(name)
    number = version_of(version) if version is not None else None
    body = asked.body()
    with reading(asked.runtime.databases.state) as connection:
        config = setting_stores.effective(connection, subject)
        normalize = asked.flag("normalize") or config.normalize
        sent = answered(read_schema(body, normalize=normalize))
        resolve = stores.resolver(connection, split(subject)[0])
        if version is None:
            history = [one for one in stores.versions(connection, subject) if not one.deleted]
        else:
            history = [numbered(known(connection, subject, deleted=False), number)]
        schema = answered(settled(sent, resolve, normalize=normalize))
        readable = answered(read(schema, resolve))
        found = conflicts(readable, config, history, resolve, datetime.now(UTC).date())
    answer: dict[str, Any] = {"is_compatible": not found}
    return {**answer, "messages": told(found)} if asked.flag("verbose") else answer
