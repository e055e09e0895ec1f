"""
Verdicts that other registries publish for pairs of schemas (Apache-2.0 projects).

At least 98 of 100 agree; why the others do not stands in docs/explanation/compatibility.md.
"""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from governance.compatibility.comparison import Terms, concluded
from governance.compatibility.formats import DIFFERENCES

pytestmark = pytest.mark.reference
AGREEMENT = 0.98
TERMS = Terms(on=date(2026, 3, 2))


def vectors(name: str) -> list[dict[str, Any]]:
    file = Path(os.environ["CONTROLPLANE_REFERENCE_DATA"]).parent / "vectors" / name
    if not file.exists():
        pytest.skip(f"{name} does not stand beside the public event logs")
    return [json.loads(line) for line in file.read_text().splitlines()]


def compatible(format_: str, old: object, new: object) -> bool:
    return concluded(DIFFERENCES[format_](old, new, TERMS)).verdict == "compatible"


def judged(format_: str, one: dict[str, Any]) -> list[bool]:
    """Whether our verdict is the published one: backward, and forward where that is given."""
    backward = one.get("backward", one.get("compatible"))
    found = [compatible(format_, one["old"], one["new"]) is backward]
    if "forward" in one:
        found.append(compatible(format_, one["new"], one["old"]) is one["forward"])
    return found


@pytest.mark.parametrize(
    ("format_", "name", "pairs"),
    [
        ("jsonschema", "karapace-json.jsonl", 172),
        ("jsonschema", "apicurio-json.jsonl", 140),
        ("avro", "avro-apache-py.jsonl", 64),
        ("avro", "apicurio-avro.jsonl", 2),
    ],
)
def test_the_verdicts_of_other_registries_are_ours(format_: str, name: str, pairs: int):
    agreed = [one for vector in vectors(name) for one in judged(format_, vector)]
    assert len(agreed) == pairs
    assert sum(agreed) / pairs >= AGREEMENT
