"""
What a subject is held to: its own settings, then its context's, then those of all, then ours.

Settings that this registry does not keep are refused by name, never ignored.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from governance.contract.catalogue import Compatibility
from governance.schemaregistry.refusing import (
    INVALID_LEVEL,
    INVALID_MODE,
    NOT_PERMITTED,
    UNPROCESSABLE,
    refusal,
)
from governance.schemaregistry.schema import Registered, Schema
from rules.refusal import Refusal

LEVELS: dict[str, Compatibility] = {
    "NONE": "none",
    "BACKWARD": "backward",
    "BACKWARD_TRANSITIVE": "backward_transitive",
    "FORWARD": "forward",
    "FORWARD_TRANSITIVE": "forward_transitive",
    "FULL": "full",
    "FULL_TRANSITIVE": "full_transitive",
}
MODES = ("READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT")
POLICIES: dict[str, Literal["strict", "lenient"]] = {"STRICT": "strict", "LENIENT": "lenient"}
LEVEL, MODE, POLICY = "compatibility", "mode", "compatibilityPolicy"
NORMALIZE, GROUP = "normalize", "compatibilityGroup"
CONFIG = (LEVEL, NORMALIZE, POLICY, GROUP)
DEFAULTS = {LEVEL: "BACKWARD", MODE: "READWRITE"}
_ELSEWHERE = frozenset(
    {"alias", "validateFields", "defaultMetadata", "overrideMetadata"}
    | {"defaultRuleSet", "overrideRuleSet"}
)
_LONGEST_GROUP = 200


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`group` names the property of the metadata that versions to be compared have in common."""

    level: str
    mode: str
    normalize: bool
    policy: Literal["strict", "lenient"]
    group: str

    @property
    def compatibility(self) -> Compatibility:
        return LEVELS[self.level]

    def compared(self, schema: Schema, history: Sequence[Registered]) -> list[Registered]:
        """Return those of *history* that *schema* is to go with."""
        alike = _property(schema, self.group)
        same = [one for one in history if _property(one.schema, self.group) == alike]
        return same if self.compatibility.endswith("_transitive") else same[-1:]


def configured(scopes: Sequence[Mapping[str, str]]) -> Config:
    """Return what holds where *scopes*, the nearest first, say what they do; all is the last."""
    said: dict[str, str] = dict(DEFAULTS)
    for one in reversed(scopes):
        said.update(one)
    overriding = "READONLY_OVERRIDE"
    everywhere = scopes[-1].get(MODE) if scopes else None
    return Config(
        level=said[LEVEL],
        mode=overriding if everywhere == overriding else said[MODE],
        normalize=said.get(NORMALIZE) == "true",
        policy=POLICIES[said.get(POLICY, "STRICT")],
        group=said.get(GROUP, ""),
    )


def asked_config(body: Mapping[str, Any], *, lenient: bool) -> dict[str, str] | Refusal:
    """Return the settings of *body*; if *lenient*, what no registry knows is left out."""
    said = {name: value for name, value in body.items() if value is not None}
    ours = {name: said.pop(name) for name in CONFIG if name in said}
    apart = sorted(said.keys() & _ELSEWHERE)
    if apart:
        return refusal(NOT_PERMITTED, f"Not kept by this registry: {', '.join(apart)}")
    if said and not lenient:
        return refusal(UNPROCESSABLE, f"Unrecognized field: {min(said)}")
    if not ours:
        ours = {LEVEL: ""}
    for name, value in ours.items():
        wrong = _WRONG[name](value)
        if wrong:
            return wrong
    return {name: _written(name, value) for name, value in ours.items()}


def asked_mode(body: Mapping[str, Any]) -> dict[str, str] | Refusal:
    mode = str(body.get(MODE) or "").upper()
    if mode in MODES:
        return {MODE: mode}
    return refusal(INVALID_MODE, f"Invalid mode. Valid values are {', '.join(MODES)}")


def _written(name: str, value: Any) -> str:
    if name == NORMALIZE:
        return "true" if value else "false"
    return str(value) if name == GROUP else str(value).upper()


def _level(value: Any) -> Refusal | None:
    if str(value).upper() in LEVELS:
        return None
    message = f"Invalid compatibility level. Valid values are {', '.join(LEVELS)}"
    return refusal(INVALID_LEVEL, message)


def _policy(value: Any) -> Refusal | None:
    if str(value).upper() in POLICIES:
        return None
    message = f"Invalid compatibility policy. Valid values here are {', '.join(POLICIES)}"
    return refusal(INVALID_LEVEL, message)


def _normalize(value: Any) -> Refusal | None:
    if isinstance(value, bool):
        return None
    return refusal(UNPROCESSABLE, "normalize is true or false")


def _group(value: Any) -> Refusal | None:
    if isinstance(value, str) and len(value) <= _LONGEST_GROUP:
        return None
    return refusal(UNPROCESSABLE, "compatibilityGroup is the name of a property of the metadata")


_WRONG = {LEVEL: _level, POLICY: _policy, NORMALIZE: _normalize, GROUP: _group}


def _property(schema: Schema, name: str) -> Any:
    told = schema.beside.get("metadata", {}).get("properties")
    return told.get(name) if name and isinstance(told, dict) else None
