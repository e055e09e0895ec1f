"""
A document held to a rule set: what is found, the worst first, at most 500 findings.

A rule that would take too long is given up, and that is found, too. Nothing here reads a clock:
a document takes the same steps every day.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from governance.contract.artifact import Artifact, Json, pointer_of
from governance.contract.finding import LINT, Finding, Level
from governance.lint.descriptor import Descriptor, described
from governance.lint.jsonpath import places
from governance.lint.node import MISSING, Document, Node, TooLongError
from governance.lint.ruleset import About, Rule, RuleSet, Severity, Then

MOST_FINDINGS = 500
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_RANK: dict[str, int] = {"error": 0, "warn": 1, "info": 2, "hint": 3}
_LEVELS: dict[str, Level] = {"error": "warning", "warn": "warning", "info": "info", "hint": "info"}
_SHOWN = 300
Told = tuple[str, str]
"""A pointer and a message."""


def lint(ruleset: RuleSet, artifact: Artifact, about: About) -> list[Finding]:
    """Return where *artifact* breaks the rules of *ruleset*; none where it does not apply."""
    if not ruleset.scope.covers(about):
        return []
    held = described(artifact) if about.format == "protobuf" else Descriptor(artifact=artifact)
    formats = formats_of(about.format, held.artifact.data)
    document = Document(held.artifact.data)
    decided = [(ruleset.severity(rule, about), rule) for rule in ruleset.rules]
    found: list[Finding] = []
    for severity, rule in sorted(decided, key=lambda one: _RANK.get(one[0], len(_RANK))):
        if severity == "off" or (rule.formats and formats.isdisjoint(rule.formats)):
            continue
        level = level_of(ruleset, severity)
        for pointer, message in _broken(rule, document):
            found.append(_finding(held, rule.id, level, pointer, message))
            if len(found) == MOST_FINDINGS:
                return found
    return found


def lint_all(rulesets: Iterable[RuleSet], artifact: Artifact, about: About) -> list[Finding]:
    """Return what breaks the rules of any of *rulesets*; the same finding of two is told once."""
    found: dict[str, Finding] = {}
    for ruleset in rulesets:
        for one in lint(ruleset, artifact, about):
            found.setdefault(one.id, one)
            if one.level == "error":
                found[one.id] = one
    return list(found.values())


def level_of(ruleset: RuleSet, severity: Severity) -> Level:
    """Return the level of a finding: an error where *severity* keeps a version from publishing."""
    if ruleset.blocks != "never" and _RANK[severity] <= _RANK[ruleset.blocks]:
        return "error"
    return _LEVELS[severity]


def formats_of(format_: str, data: Json) -> frozenset[str]:
    """Return the names by which rule files know a document of this format."""
    if format_ == "jsonschema":
        return frozenset({"json-schema"})
    said = str(data.get(format_, "")) if isinstance(data, dict) else ""
    if format_ == "openapi":
        return frozenset({"oas3", "oas3_0" if said.startswith("3.0") else "oas3_1"})
    if format_ == "asyncapi":
        return frozenset({"asyncapi2" if said.startswith("2.") else "asyncapi3"})
    return frozenset({format_})


def _broken(rule: Rule, document: Document) -> Iterator[Told]:
    """Yield what breaks *rule*, each place once though several ways may lead there."""
    seen: set[Told] = set()
    try:
        for path in rule.given:
            for node in places(path, document, resolved=rule.resolved):
                for told in _faults(rule, node, document):
                    if told not in seen:
                        seen.add(told)
                        yield told
    except TooLongError:
        yield "", f"{rule.id} took too long on this document and was given up: narrow its path"


def _faults(rule: Rule, node: Node, document: Document) -> Iterator[Told]:
    for then in rule.then:
        for target in _targets(then, rule, node, document):
            document.step()
            for error, inner in then.check(target, document):
                at = [*_standing(target).path, *inner]
                message = _message(rule, then, target, error, at)
                yield pointer_of(at), message[:_SHOWN]


def _targets(then: Then, rule: Rule, node: Node, document: Document) -> Iterator[Node]:
    if then.keys:
        for child in node.children():
            yield Node(child.key, child.parent, child.key, name=True)
        return
    if then.field is None:
        yield node
        return
    target = node
    for segment in then.field.segments:
        holder = document.followed(target) if rule.resolved else target
        key = (segment.names or ("",))[0]
        target = holder.child(key) or Node(MISSING, holder, key)
    yield target


def _standing(node: Node) -> Node:
    """Return the nearest place that is written down."""
    while node.value is MISSING and node.parent is not None:
        node = node.parent
    return node


def _message(rule: Rule, then: Then, target: Node, error: str, at: list[Any]) -> str:
    words = {
        "error": error,
        "property": then.named or str(target.key),
        "value": "" if target.value is MISSING else str(target.value)[:_SHOWN],
        "path": "/".join(map(str, at)) or "the document",
        "description": rule.description,
    }
    template = rule.message or (f"{rule.description}: {error}" if rule.description else error)
    return _PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), template)


def _finding(held: Descriptor, rule: str, level: Level, pointer: str, message: str) -> Finding:
    return Finding(
        id=f"{LINT}{rule}:{pointer or '/'}",
        rule=rule,
        level=level,
        pointer=pointer,
        path=held.file(pointer),
        line=held.artifact.line(pointer),
        message=message,
    )
