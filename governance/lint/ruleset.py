"""Rules as they are applied: paths parsed, options read, severities decided."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

import msgspec

from governance.lint.jsonpath import Path

Severity = Literal["error", "warn", "info", "hint", "off"]
SEVERITIES: tuple[Severity, ...] = ("error", "warn", "info", "hint", "off")
Blocks = Literal["error", "warn", "never"]
FORMATS = (
    "oas3",
    "oas3_0",
    "oas3_1",
    "asyncapi2",
    "asyncapi3",
    "json-schema",
    "avro",
    "protobuf",
)


class Then(msgspec.Struct, frozen=True, kw_only=True):
    """`field` None: the place itself; `@key`: each of its names; `check` is a `function.Check`."""

    check: Any
    field: Path | None = None
    keys: bool = False
    named: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    given: tuple[Path, ...]
    then: tuple[Then, ...]
    severity: Severity
    message: str = ""
    description: str = ""
    rationale: str = ""
    formats: tuple[str, ...] = ()
    recommended: bool = True
    resolved: bool = True


class Scope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which contracts; what is left out excludes none. `*` stands for any text in a name."""

    subjects: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def covers(self, about: "About") -> bool:
        return all(
            not patterns or any(fnmatchcase(value, one) for one in patterns)
            for patterns, value in (
                (self.subjects, about.subject),
                (self.domains, about.domain),
                (self.formats, about.format),
                (self.files, about.file),
            )
        )


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a document is a version of; `format` is that of its contract."""

    format: str
    subject: str = ""
    domain: str = ""
    file: str = ""


class Override(msgspec.Struct, frozen=True, kw_only=True):
    scope: Scope
    severities: Mapping[str, Severity]


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """`blocks` is the mildest severity that keeps a version from being published."""

    name: str
    version: str
    title: str
    rules: tuple[Rule, ...]
    scope: Scope = Scope()
    blocks: Blocks = "error"
    overrides: tuple[Override, ...] = ()

    def severity(self, rule: Rule, about: About) -> Severity:
        """Return how bad a breach of *rule* is; the last override that speaks of it decides."""
        severity = rule.severity
        for one in self.overrides:
            if rule.id in one.severities and one.scope.covers(about):
                severity = one.severities[rule.id]
        return severity
