"""The peers' work in a running installation: a process of its own, its rules, and its cases."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec

from benchmarks import wire
from benchmarks.peers import ours, work

RULESET = "work"
_BEGIN = datetime.now(UTC) - timedelta(hours=12)
_KINDS = {"text": "string", "integer": "integer"}
_SUBJECTS = {name: f"work.{name}.told" for name in ours.TYPES}


def furnish(url: str, rules: Sequence[work.Rule], cases: Mapping[str, work.Case]) -> None:
    """Put *rules* in force, and let *cases* be known by their names."""
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
        _say(http.put("/v1/teams/work", json={"name": "Work"}))
        for name, subject in _SUBJECTS.items():
            _contract(http, name, subject)
        _document(http, "/v1/processes/work", _process())
        _document(http, f"/v1/rulesets/{RULESET}/versions/1.0.0", _ruleset(rules))
        path = f"/v1/rulesets/{RULESET}/versions/1.0.0/transitions"
        _say(http.post(path, json={"to": "active"}))
        events = [event for name, case in cases.items() for event in _events(name, case)]
        wire.elapsed(url, "/v1/events", [msgspec.json.encode(events)])
        deadline = time.monotonic() + 120
        while http.get("/health/ready").json()["worker_lag"]:
            assert time.monotonic() < deadline, "the worker does not catch up"
            time.sleep(0.05)


def facts(name: str, case: work.Case) -> list[dict[str, Any]]:
    """Return *case* as a caller gives it to the gate."""
    return [{kind: _key(name, values), **_described(values)} for kind, values in case.facts()]


def _contract(http: httpx.Client, name: str, subject: str) -> None:
    fields = {field: {"type": _KINDS[kind]} for field, kind in ours.TYPES[name].fields.items()}
    ids = {f"{one}_id": {"type": "string"} for one in {name, "engagement"}}
    schema = {"title": subject, "type": "object", "properties": {**ids, **fields}}
    about = {"owner": "work", "domain": "work", "system": "bench"}
    contract = {"subject": subject, "kind": "event", "format": "jsonschema", **about}
    _say(http.post("/v1/contracts", json=contract))
    versions = f"/v1/contracts/{subject}/versions"
    document = msgspec.json.encode(schema).decode()
    _say(http.post(versions, json={"version": "1.0.0", "document": document}))
    _say(http.post(f"{versions}/1.0.0/transitions", json={"to": "published"}))


def _process() -> dict[str, Any]:
    return {
        "process": "work",
        "version": "1.0.0",
        "title": "Work",
        "owner": "work",
        "keys": ["engagement_id"],
        "activities": [
            {"activity": f"{name}-told", "title": name, "events": [subject], "repeats": True}
            for name, subject in _SUBJECTS.items()
        ],
        "start": ["engagement-told"],
        "entities": {
            name: {"key": f"{name}_id", "from": [subject]} for name, subject in _SUBJECTS.items()
        },
    }


def _ruleset(rules: Sequence[work.Rule]) -> dict[str, Any]:
    written: dict[str, Any] = msgspec.json.decode(ours.document(rules))
    return {**written, "process": "work", "owner": "work"}


def _events(name: str, case: work.Case) -> Iterator[dict[str, Any]]:
    for number, (kind, values) in enumerate(case.facts()):
        ids = {"engagement_id": name, f"{kind}_id": _key(name, values)}
        yield {
            "specversion": "1.0",
            "type": f"{_SUBJECTS[kind]}.v1",
            "source": "urn:work",
            "id": f"{name}-{number}",
            "time": (_BEGIN + timedelta(minutes=number)).isoformat(),
            "data": {**_described(values), **ids},
        }


def _key(name: str, values: Mapping[str, object]) -> str:
    return name if values["id"] == "E" else f"{name}-{values['id']}"


def _described(values: Mapping[str, object]) -> dict[str, object]:
    return {field: value for field, value in values.items() if field != "id"}


def _document(http: httpx.Client, path: str, document: dict[str, Any]) -> None:
    headers = {"content-type": "application/yaml"}
    _say(http.put(path, content=msgspec.yaml.encode(document), headers=headers))


def _say(answer: httpx.Response) -> None:
    assert answer.is_success, f"{answer.request.url}: {answer.status_code} {answer.text[:500]}"
