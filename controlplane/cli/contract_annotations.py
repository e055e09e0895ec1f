"""
What a gate found, for machines: GitHub's workflow commands, SARIF 2.1.0 and JSON.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/ and GitHub's "Workflow commands".
"""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

import msgspec

from controlplane.cli.contract_gate import Judged, Located, worst
from controlplane.cli.contract_told import advice, summary
from governance.contract.finding import BLOCKING

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_GITHUB = {"warning": "warning", "info": "notice"}
_SARIF = {"warning": "warning", "info": "note"}


def plain(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return everything: a verdict over all, then each document with its findings."""
    return {"verdict": worst(judged), "contracts": [msgspec.to_builtins(one) for one in judged]}


def github(judged: Sequence[Judged]) -> Iterator[str]:
    """Yield a workflow command for each finding, then the summary; what informs is left out."""
    for document, one in _findings(judged):
        if one.level == "info":
            continue
        title = f"{document.name}: {one.rule}"
        yield command(_GITHUB.get(one.level, "error"), one, title, _message(one))
    yield summary(judged)


def command(name: str, one: Located, title: str, message: str) -> str:
    """Return the workflow command that annotates the line of *one*."""
    place = f"file={_property(one.file)},line={max(one.line, 1)},title={_property(title)}"
    return f"::{name} {place}::{_data(message)}"


def sarif(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return a SARIF log of one run; a finding keeps its fingerprint when its line moves."""
    rules = sorted({one.rule for _, one in _findings(judged)})
    driver = {
        "name": "controlplane",
        "version": version("controlplane"),
        "rules": [{"id": rule, "shortDescription": {"text": rule}} for rule in rules],
    }
    results = [_result(document, one, rules) for document, one in _findings(judged)]
    run = {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(document: Judged, one: Located, rules: Sequence[str]) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(one.file)},
            "region": {"startLine": max(one.line, 1)},
        }
    }
    if one.path or one.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": one.path or one.pointer}]
    return {
        "ruleId": one.rule,
        "ruleIndex": rules.index(one.rule),
        "level": _SARIF.get(one.level, "error"),
        "message": {"text": _message(one)},
        "locations": [location],
        "partialFingerprints": {"finding/v1": f"{document.name}:{one.id}"},
        "properties": {"level": one.level, "before": one.before, "after": one.after},
    }


def _findings(judged: Sequence[Judged]) -> Iterator[tuple[Judged, Located]]:
    for document in judged:
        for one in document.findings:
            yield document, one


def _message(one: Located) -> str:
    return f"{one.message}. What to do: {advice(one)}" if one.level in BLOCKING else one.message


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
