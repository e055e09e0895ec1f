"""Levels of compatibility, other settings and modes: of all, of a context, of a subject."""

from collections.abc import Mapping
from typing import Any

from controlplane.api.ccompat.asked import Asked, answered
from controlplane.api.ccompat.changing import change
from controlplane.api.problem import ProblemError
from controlplane.database import reading
from governance.schemaregistry import setting_stores
from governance.schemaregistry.configuring import (
    CONFIG,
    DEFAULTS,
    LEVEL,
    MODE,
    NORMALIZE,
    asked_config,
    asked_mode,
)
from governance.schemaregistry.naming import scope
from governance.schemaregistry.refusing import NO_LEVEL, NO_MODE, refusal

_UNKNOWN = "confluent-accept-unknown-properties"


def get_level(asked: Asked, name: str | None = None) -> dict[str, Any]:
    own, level, _ = _found(asked, name)
    own = {one: own[one] for one in CONFIG if one in own}
    if not own and name is not None and not asked.flag("defaultToGlobal"):
        raise _unset(_scope(asked, name), NO_LEVEL, "compatibility")
    return _shown({LEVEL: level, **own})


def put_level(asked: Asked, name: str | None = None) -> dict[str, Any]:
    lenient = asked.request.headers.get(_UNKNOWN, "").lower() == "true"
    said = _put(asked, name, answered(asked_config(asked.body(), lenient=lenient)))
    return {one: value == "true" if one == NORMALIZE else value for one, value in said.items()}


def drop_level(asked: Asked, name: str | None = None) -> dict[str, Any]:
    before = _drop(asked, name, list(CONFIG))
    if not before and name is not None:
        raise _unset(_scope(asked, name), NO_LEVEL, "compatibility")
    return _shown({LEVEL: DEFAULTS[LEVEL], **before})


def get_mode(asked: Asked, name: str | None = None) -> dict[str, str]:
    own, _, mode = _found(asked, name)
    if name is None or asked.flag("defaultToGlobal"):
        return {MODE: mode}
    if MODE not in own:
        raise _unset(_scope(asked, name), NO_MODE, "mode")
    return {MODE: own[MODE]}


def put_mode(asked: Asked, name: str | None = None) -> dict[str, str]:
    return _put(asked, name, answered(asked_mode(asked.body())))


def drop_mode(asked: Asked, name: str | None = None) -> dict[str, str]:
    before = _drop(asked, name, [MODE])
    if not before and name is not None:
        raise _unset(_scope(asked, name), NO_MODE, "mode")
    return {MODE: before.get(MODE, DEFAULTS[MODE])}


def _found(asked: Asked, name: str | None) -> tuple[dict[str, str], str, str]:
    """Return what was set there, and the level and the mode that hold there."""
    where = _scope(asked, name)
    with reading(asked.runtime.databases.state) as connection:
        own = setting_stores.settings_of(connection, where)
        config = setting_stores.effective(connection, where)
    return own, config.level, config.mode


def _shown(said: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {"compatibilityLevel": said[LEVEL]}
    told |= {name: said[name] for name in CONFIG if name in said and name != LEVEL}
    if NORMALIZE in told:
        told[NORMALIZE] = told[NORMALIZE] == "true"
    return told


def _put(asked: Asked, name: str | None, settings: Mapping[str, str]) -> dict[str, str]:
    where, force = _scope(asked, name), asked.flag("force")
    body = {"scope": where, "settings": settings, "force": force}
    found: dict[str, str] = change(asked, "schema-registry:settings:put", body)
    return found


def _drop(asked: Asked, name: str | None, settings: list[str]) -> dict[str, str]:
    body = {"scope": _scope(asked, name), "settings": settings}
    found: dict[str, str] = change(asked, "schema-registry:settings:drop", body)
    return found


def _scope(asked: Asked, name: str | None) -> str:
    return scope(asked.context) if name is None else asked.subject(name)


def _unset(subject: str, code: int, said: str) -> ProblemError:
    message = f"Subject '{subject}' does not have subject-level {said} configured"
    return ProblemError(refusal(code, message))
