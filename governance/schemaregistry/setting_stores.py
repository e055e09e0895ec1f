"""The settings of a subject, of its context, or of all, as they were set."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from governance.schemaregistry.configuring import Config, configured
from governance.schemaregistry.naming import DEFAULT, scope, split
from governance.schemaregistry.tables import registry_setting


def settings_of(connection: Connection, scope_: str) -> dict[str, str]:
    """Return what was set for *scope_* itself."""
    query = select(registry_setting).where(registry_setting.c.scope == scope_)
    return {row.setting: row.value for row in connection.execute(query)}


def effective(connection: Connection, subject: str) -> Config:
    """Return what holds for *subject*."""
    scopes = (subject, scope(split(subject)[0]), scope(DEFAULT))
    return configured([settings_of(connection, one) for one in scopes])


def put_settings(connection: Connection, scope_: str, said: Mapping[str, str]) -> None:
    drop_settings(connection, scope_, said)
    for setting, value in said.items():
        values = {"scope": scope_, "setting": setting, "value": value}
        connection.execute(registry_setting.insert().values(**values))


def drop_settings(connection: Connection, scope_: str, names: Iterable[str]) -> None:
    connection.execute(
        registry_setting.delete().where(
            registry_setting.c.scope == scope_, registry_setting.c.setting.in_(list(names))
        )
    )
