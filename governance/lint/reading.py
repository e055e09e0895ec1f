"""
Rule files, read without trust: a flaw names the rule, its line and what to do.

A rule set extends what is shipped, or what its reader finds for it; nothing is fetched. At most
300 rules; patterns are linear in time; no code is run.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from governance.lint.expression import ExpressionError
from governance.lint.functions import FUNCTIONS
from governance.lint.jsonpath import Path, parse_path
from governance.lint.ruleset import (
    FORMATS,
    SEVERITIES,
    Blocks,
    Override,
    Rule,
    RuleSet,
    Scope,
    Severity,
    Then,
)
from governance.lint.shipped import shipped_text
from governance.version import SemanticVersion
from rules.document import DocumentError, Positions, convert, read_yaml

MOST_RULES = 300
MOST_ROUNDS = 5
_MOST_GIVEN = 50
_NUMBERED: tuple[Severity, ...] = ("error", "warn", "info", "hint")
Find = Callable[[str], str | None]
"""The text of a rule set that another one extends; None when there is none of that name."""


class _Then(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    function: str
    field: str | None = None
    function_options: Any = None


class _Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    given: str | tuple[str, ...]
    then: _Then | tuple[_Then, ...]
    severity: str | int | bool = "warn"
    message: str = ""
    description: str = ""
    rationale: str = ""
    formats: tuple[str, ...] = ()
    recommended: bool = True
    resolved: bool = True
    enabled: bool = True
    type: str = ""
    tags: tuple[str, ...] = ()
    documentation_url: str = ""


class _Override(Scope, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rules: dict[str, Any] = msgspec.field(default_factory=dict)


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    policy: str = ""
    version: str = "0.0.0"
    title: str = ""
    applies_to: Scope = Scope()
    blocks: Blocks = "error"
    extends: Any = ()
    formats: tuple[str, ...] = ()
    aliases: dict[str, tuple[str, ...]] = {}
    rules: dict[str, Any] = {}
    overrides: tuple[_Override, ...] = ()
    documentation_url: str = ""


def read_lint_ruleset(text: str | bytes, find: Find = shipped_text, rounds: int = 0) -> RuleSet:
    """Return the rule set of a file; raise `DocumentError`."""
    data, positions = read_yaml(text)
    file = convert(_renamed(data), _File, positions)
    if file.version != "0.0.0" and SemanticVersion.parse(file.version) is None:
        raise _error(positions, "/version", f"{file.version!r} is no version such as 1.2.0")
    rules, inherited = _extended(file, positions, find, rounds)
    _known_formats(file.formats, "/formats", positions)
    for name, said in file.rules.items():
        rules[name] = _decided(name, said, rules.get(name), file, positions)
    if len(rules) > MOST_RULES:
        raise _error(positions, "/rules", f"more than {MOST_RULES} rules; split the file")
    return RuleSet(
        name=file.policy,
        version=file.version,
        title=file.title,
        rules=tuple(rules.values()),
        scope=file.applies_to,
        blocks=file.blocks,
        overrides=(*inherited, *_overrides(file, rules, positions)),
    )


def read_policy(text: str | bytes) -> RuleSet:
    """Return a rule set that has a name and a version, as one that is governed; likewise raises."""
    policy = read_lint_ruleset(text)
    if not policy.name or policy.version == "0.0.0":
        raise DocumentError("say `policy: a-name` and `version: 1.0.0` at the top")
    return policy


def _renamed(data: Any) -> Any:
    """Spectral writes its own members in camel case; what is ours may be written in either."""
    if isinstance(data, dict) and "applies_to" in data:
        return {("appliesTo" if key == "applies_to" else key): one for key, one in data.items()}
    return data


def _extended(
    file: _File, positions: Positions, find: Find, rounds: int
) -> tuple[dict[str, Rule], list[Override]]:
    extends = [file.extends] if isinstance(file.extends, str) else file.extends
    found: dict[str, Rule] = {}
    overrides: list[Override] = []
    for position, one in enumerate(extends if isinstance(extends, list | tuple) else [extends]):
        name, how = one if isinstance(one, list) and len(one) == len("ab") else (one, "recommended")
        how = "off" if how is False else how  # as YAML reads the word
        pointer = f"/extends/{position}"
        text = find(name) if isinstance(name, str) else None
        if text is None or how not in ("all", "recommended", "off"):
            message = f"{one!r} is not found; extend controlplane:house, or a file beside this one"
            raise _error(positions, pointer, message)
        if rounds == MOST_ROUNDS:
            raise _error(positions, pointer, f"more than {MOST_ROUNDS} rule sets on each other")
        read = read_lint_ruleset(text, find, rounds + 1)
        overrides += read.overrides if how != "off" else ()
        for rule in read.rules:
            off = how == "off" or (how == "recommended" and not rule.recommended)
            found[rule.id] = replace(rule, severity="off") if off else rule
    return found, overrides


def _decided(name: str, said: Any, known: Rule | None, file: _File, positions: Positions) -> Rule:
    pointer = f"/rules/{name}"
    if isinstance(said, dict):
        return _rule(name, said, file, positions)
    if known is None:
        message = "nothing of that name is extended; define it with `given` and `then`"
        raise _error(positions, pointer, message, name)
    return replace(known, severity=_severity(said, known, positions, pointer))


def _rule(name: str, said: dict[str, Any], file: _File, positions: Positions) -> Rule:
    pointer = f"/rules/{name}"
    try:
        read = msgspec.convert(said, _Rule)
        given = (read.given,) if isinstance(read.given, str) else read.given
        then = read.then if isinstance(read.then, tuple) else (read.then,)
        paths = _paths(given, file.aliases)
        formats = read.formats or file.formats
        built = tuple(_then(one) for one in then)
    except (ExpressionError, msgspec.ValidationError) as error:
        raise _error(
            positions, _nearest(pointer, str(error), positions), str(error), name
        ) from error
    _known_formats(formats, pointer, positions)
    severity = _severity(read.severity, None, positions, pointer)
    return Rule(
        id=name,
        given=paths,
        then=built,
        severity=severity if read.enabled else "off",
        message=read.message,
        description=read.description,
        rationale=read.rationale,
        formats=formats,
        recommended=read.recommended,
        resolved=read.resolved,
    )


def _paths(given: tuple[str, ...], aliases: Mapping[str, tuple[str, ...]]) -> tuple[Path, ...]:
    paths = tuple(parse_path(one) for path in given for one in _aliased(path, aliases))
    if not 0 < len(paths) <= _MOST_GIVEN:
        raise ExpressionError(f"`given` has 1 to {_MOST_GIVEN} paths; split the rule")
    return paths


def _then(said: _Then) -> Then:
    if said.function not in FUNCTIONS:
        known = ", ".join(FUNCTIONS)
        raise ExpressionError(f"the function {said.function!r} is unknown; known are {known}")
    check = FUNCTIONS[said.function](said.function_options)
    if said.field is None:
        return Then(check=check)
    if said.field == "@key":
        return Then(check=check, keys=True)
    path = parse_path(said.field if said.field.startswith("$.") else f"$.{said.field}")
    if any(one.descending or one.turn or len(one.names or ()) != 1 for one in path.segments):
        raise ExpressionError(
            f"the field {said.field!r} must lead to one place, such as info.title"
        )
    return Then(check=check, field=path, named=str((path.segments[-1].names or ("",))[0]))


def _aliased(path: str, aliases: Mapping[str, tuple[str, ...]], depth: int = 0) -> Iterator[str]:
    """Yield *path* with `#Name` at its beginning written out."""
    if not path.startswith("#"):
        yield path
        return
    end = next((n for n, sign in enumerate(path[1:], 1) if sign in ".[^~"), len(path))
    name = path[1:end]
    if name not in aliases or depth == MOST_ROUNDS:
        raise ExpressionError(f"the alias #{name} is not defined under `aliases`")
    for one in aliases[name]:
        for written in _aliased(one, aliases, depth + 1):
            yield written + path[end:]


def _overrides(file: _File, rules: Mapping[str, Rule], positions: Positions) -> Iterator[Override]:
    for position, one in enumerate(file.overrides):
        severities = {}
        for name, said in one.rules.items():
            pointer = f"/overrides/{position}/rules/{name}"
            if name not in rules:
                message = "there is no rule of that name to override; define it under `rules`"
                raise _error(positions, pointer, message, name)
            severities[name] = _severity(said, rules[name], positions, pointer)
        scope = Scope(**{name: getattr(one, name) for name in Scope.__struct_fields__})
        yield Override(scope=scope, severities=severities)


def _severity(said: Any, known: Rule | None, positions: Positions, pointer: str) -> Severity:
    """Return what is said in words, as a number, or by on and off, which YAML reads as truth."""
    if isinstance(said, bool):
        standing = known.severity if known is not None and known.severity != "off" else "warn"
        return standing if said else "off"
    if isinstance(said, int) and 0 <= said < len(_NUMBERED):
        return _NUMBERED[said]
    found = next((one for one in SEVERITIES if one == said), None)
    if found is None:
        message = f"{said!r} is no severity; write {', '.join(SEVERITIES)}"
        raise _error(positions, pointer, message, pointer.rpartition("/")[2])
    return found


def _known_formats(formats: tuple[str, ...], pointer: str, positions: Positions) -> None:
    unknown = [one for one in formats if one not in FORMATS]
    if unknown:
        message = f"the format {unknown[0]!r} is unknown; known are {', '.join(FORMATS)}"
        raise _error(positions, pointer, message, pointer.rpartition("/")[2])


def _nearest(pointer: str, message: str, positions: Positions) -> str:
    """Return the place in a rule that *message* speaks of, as far as it says."""
    _, _, told = message.partition(" - at `$.")
    inner = f"{pointer}/{told.rstrip('`').replace('.', '/')}" if told else f"{pointer}/then"
    return inner if inner in positions else pointer


def _error(positions: Positions, pointer: str, message: str, rule: str = "") -> DocumentError:
    line, column = positions.get(pointer) or positions.get(pointer.rpartition("/")[0]) or (1, 1)
    told = f"rule {rule}: {message}" if rule else message
    return DocumentError(told, line=line, column=column, pointer=pointer)
