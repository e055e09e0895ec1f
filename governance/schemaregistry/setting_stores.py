"""The level and the mode of a subject, of its context, or of all, as they were set."""

from sqlalchemy import ColumnElement, Connection, select

from governance.schemaregistry.checking import DEFAULTS
from governance.schemaregistry.naming import DEFAULT, scope, split
from governance.schemaregistry.tables import registry_setting


def get_setting(connection: Connection, scope_: str, setting: str) -> str | None:
    """Return what was set for *scope_* itself."""
    query = select(registry_setting.c.value).where(*_is(scope_, setting))
    return connection.execute(query).scalar()


def effective(connection: Connection, subject: str, setting: str) -> str:
    """Return what holds for *subject*: its own, its context's, the default context's, ours."""
    context = split(subject)[0]
    for one in (subject, scope(context), scope(DEFAULT)):
        found = get_setting(connection, one, setting)
        if found is not None:
            return found
    return DEFAULTS[setting]


def put_setting(connection: Connection, scope_: str, setting: str, value: str) -> None:
    drop_setting(connection, scope_, setting)
    values = {"scope": scope_, "setting": setting, "value": value}
    connection.execute(registry_setting.insert().values(**values))


def drop_setting(connection: Connection, scope_: str, setting: str) -> None:
    connection.execute(registry_setting.delete().where(*_is(scope_, setting)))


def _is(scope_: str, setting: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return registry_setting.c.scope == scope_, registry_setting.c.setting == setting
