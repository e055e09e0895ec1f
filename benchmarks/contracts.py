"""
How long a large API contract takes to be read and checked, and to be compared with the last.

In time of the processor: nothing here waits.
"""

import json
import random
import time
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from functools import partial
from typing import Any

import httpx
import yaml

from benchmarks.figure import Figure, compare
from benchmarks.installation import Installation, serving
from governance.compatibility.openapi.comparing import compare as changes
from governance.contract.artifact import read_artifact
from governance.contract.versions import Checked, check

SECONDS = 5.0
RESOURCES = 900
CHANGED = 40
ON = date(2026, 1, 1)


def measure(installation: Installation, runs: int) -> list[Figure]:
    old = large(3_000_000)
    size = f"{len(_json(old)) / 1e6:.1f} MB"
    return [
        compare(
            partial(_served, installation, _json(old), _json(changed(old))),
            goal=None,
            name=f"an API of {size} of JSON registered and diffed over HTTP",
            unit="seconds",
            against="the promise",
            runs=runs,
            wanted=1.0,
            sense="at most",
        ),
        *_read(runs),
    ]


def _read(runs: int) -> list[Figure]:
    return [
        compare(
            partial(_run, write(old), write(changed(old)), media_type),
            goal=None,
            name=f"an API of {len(write(old)) / 1e6:.1f} MB of {language} checked twice, compared",
            unit="seconds",
            against="the promise",
            runs=runs,
            wanted=1.0,
            sense="at most",
        )
        for language, media_type, write, old in (
            ("JSON", "application/json", _json, large(3_000_000)),
            ("YAML", "application/yaml", _yaml, large(2_500_000)),
        )
    ]


def large(size: int) -> dict[str, Any]:
    """Return an OpenAPI document of *size* bytes whose schemas lead to each other."""
    drawn = random.Random(1)  # noqa: S311 - the same document every time
    schemas = {f"Resource{n}": _resource(drawn) for n in range(RESOURCES)}
    paths: dict[str, Any] = {}
    info = {"title": "Large", "version": "1.0.0"}
    document = {"openapi": "3.0.3", "info": info, "paths": paths}
    document |= {"components": {"schemas": schemas}}
    written = len(json.dumps(document))
    while written < size:
        number = len(paths)
        paths[f"/v1/things{number}/{{id}}"] = _path(drawn, number)
        written += len(json.dumps(paths[f"/v1/things{number}/{{id}}"]))
    return document


def changed(document: dict[str, Any]) -> dict[str, Any]:
    drawn = random.Random(2)  # noqa: S311 - likewise
    new = deepcopy(document)
    schemas = new["components"]["schemas"]
    for name in drawn.sample(sorted(schemas), CHANGED):
        schemas[name]["properties"].pop("field_1", None)
        schemas[name]["properties"]["extra"] = {"type": "string"}
    return new


def _resource(drawn: random.Random) -> dict[str, Any]:
    fields = {f"field_{n}": next(_kinds(drawn)) for n in range(drawn.randint(4, 14))}
    said = "A resource of the sample interface, with the fields that a firm keeps of it."
    return {"type": "object", "description": said, "required": ["field_0"], "properties": fields}


def _kinds(drawn: random.Random) -> Iterator[dict[str, Any]]:
    other = {"$ref": f"#/components/schemas/Resource{drawn.randrange(RESOURCES)}"}
    said = "The identifier that tells this from others of its kind, as its maker gave it."
    text = {"type": "string", "description": said, "maxLength": 5000}
    yield drawn.choice(
        [
            text,
            {"type": "integer", "format": "int32", "minimum": 0},
            {"type": "string", "enum": ["open", "closed", "lost"]},
            {"anyOf": [text, other], "nullable": True},
            other,
            {"type": "array", "items": other},
        ]
    )


def _path(drawn: random.Random, number: int) -> dict[str, Any]:
    held = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    sent = {f"field_{n}": next(_kinds(drawn)) for n in range(8)}
    found = {"$ref": f"#/components/schemas/Resource{drawn.randrange(RESOURCES)}"}

    def answers() -> dict[str, Any]:
        return {"200": {"description": "done", "content": {"application/json": {"schema": found}}}}

    body = {"content": {"application/json": {"schema": {"type": "object", "properties": sent}}}}
    return {
        "parameters": [held],
        "get": {"operationId": f"get{number}", "responses": answers()},
        "post": {"operationId": f"post{number}", "requestBody": body, "responses": answers()},
    }


class _Written(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def _yaml(document: dict[str, Any]) -> bytes:
    return yaml.dump(document, Dumper=_Written, sort_keys=False).encode()


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def _served(installation: Installation, old: bytes, new: bytes) -> tuple[float, float]:
    """Two versions drafted over HTTP and compared; the time is that of the second and the diff."""
    sent = {"content-type": "application/json"}
    path = "/v1/contracts/benchmark.large"
    contract = {"subject": "benchmark.large", "kind": "api", "format": "openapi"}
    with serving(installation.copy()) as url, httpx.Client(base_url=url, timeout=60) as client:
        owner = client.get("/v1/teams").json()["items"][0]["team"]
        client.post("/v1/contracts", json={**contract, "owner": owner}).raise_for_status()
        first = client.post(f"{path}/versions?version=1.0.0", content=old, headers=sent)
        first.raise_for_status()
        begun = time.perf_counter()
        second = client.post(f"{path}/versions?version=2.0.0", content=new, headers=sent)
        second.raise_for_status()
        found = client.get(f"{path}/versions/2.0.0/diff?against=1.0.0").raise_for_status().json()
        taken = time.perf_counter() - begun
    assert found["findings"]
    return taken, SECONDS


def _run(old: bytes, new: bytes, media_type: str) -> tuple[float, float]:
    begun = time.process_time()
    for content in (old, new):
        found = check("openapi", content, media_type)
        assert isinstance(found, Checked), found.detail
        assert found.findings == ()
    before, after = (read_artifact(content, media_type).data for content in (old, new))
    assert changes(before, after, on=ON)
    return time.process_time() - begun, SECONDS
