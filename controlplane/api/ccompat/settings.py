"""Levels of compatibility and modes: of all, of a context, of a subject."""

from typing import Any

from controlplane.api.ccompat.asked import Asked
from controlplane.api.ccompat.changing import change
from controlplane.api.problem import ProblemError
from controlplane.database import reading
from governance.schemaregistry import setting_stores
from governance.schemaregistry.checking import DEFAULTS, LEVELS, MODES
from governance.schemaregistry.naming import scope
from governance.schemaregistry.refusing import (
    INVALID_LEVEL,
    INVALID_MODE,
    NO_LEVEL,
    NO_MODE,
    refusal,
)

_LEVEL, _MODE = "compatibility", "mode"
_SHOWN = {_LEVEL: "compatibilityLevel", _MODE: "mode"}


def get_level(asked: Asked, name: str | None = None) -> dict[str, str]:
    return _get(asked, name, _LEVEL)


def put_level(asked: Asked, name: str | None = None) -> dict[str, str]:
    body = {key: value for key, value in asked.body().items() if value is not None}
    level = str(body.pop(_LEVEL, "")).upper()
    if body:
        said = ", ".join(sorted(body))
        raise ProblemError(refusal(INVALID_LEVEL, f"Not kept by this registry: {said}"))
    if level not in LEVELS:
        message = f"Invalid compatibility level. Valid values are {', '.join(LEVELS)}"
        raise ProblemError(refusal(INVALID_LEVEL, message))
    return _put(asked, name, _LEVEL, level)


def drop_level(asked: Asked, name: str | None = None) -> dict[str, str]:
    return _drop(asked, name, _LEVEL)


def get_mode(asked: Asked, name: str | None = None) -> dict[str, str]:
    return _get(asked, name, _MODE)


def put_mode(asked: Asked, name: str | None = None) -> dict[str, str]:
    mode = str(asked.body().get(_MODE, "")).upper()
    if mode not in MODES:
        message = f"Invalid mode. Valid values here are {', '.join(MODES)}"
        raise ProblemError(refusal(INVALID_MODE, message))
    return _put(asked, name, _MODE, mode)


def drop_mode(asked: Asked, name: str | None = None) -> dict[str, str]:
    return _drop(asked, name, _MODE)


def _get(asked: Asked, name: str | None, setting: str) -> dict[str, str]:
    where = _scope(asked, name)
    with reading(asked.runtime.databases.state) as connection:
        if name is None or asked.flag("defaultToGlobal"):
            return {_SHOWN[setting]: setting_stores.effective(connection, where, setting)}
        found = setting_stores.get_setting(connection, where, setting)
    if found is None:
        raise _unset(where, setting)
    return {_SHOWN[setting]: found}


def _put(asked: Asked, name: str | None, setting: str, value: str) -> dict[str, str]:
    body = {"scope": _scope(asked, name), "setting": setting, "value": value}
    found: dict[str, str] = change(asked, "schema-registry:setting:put", body)
    return found


def _drop(asked: Asked, name: str | None, setting: str) -> dict[str, str]:
    where = _scope(asked, name)
    found: dict[str, Any] = change(
        asked, "schema-registry:setting:drop", {"scope": where, "setting": setting}
    )
    if found["before"] is None and name is not None:
        raise _unset(where, setting)
    return {_SHOWN[setting]: found["before"] or DEFAULTS[setting]}


def _scope(asked: Asked, name: str | None) -> str:
    return scope(asked.context) if name is None else asked.subject(name)


def _unset(subject: str, setting: str) -> ProblemError:
    code, said = (NO_LEVEL, "compatibility") if setting == _LEVEL else (NO_MODE, "mode")
    message = f"Subject '{subject}' does not have subject-level {said} configured"
    return ProblemError(refusal(code, message))
