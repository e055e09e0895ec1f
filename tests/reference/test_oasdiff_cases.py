"""oasdiff's own cases, read where they are; without them the test says so."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from openapi_changes import TODAY

from governance.compatibility.openapi.comparing import compare
from governance.compatibility.openapi.lifecycle import Notice
from governance.contract.artifact import read_artifact

pytestmark = pytest.mark.reference
LEVELS = {"ERR": "breaking", "WARN": "warning", "INFO": "info"}
OTHERWISE = {
    # the case asserts that these are *not* reported beside the wrapping
    "TestRequestPropertyOneOfWrappingIsBreaking",
    "TestResponsePropertyOneOfWrappingIsBreaking",
    # one check is asked alone; asked together, they say that null may come back
    "TestResponseTypeCheckerSuppressedForNullOnly31",
}


def cases() -> list[dict[str, Any]]:
    file = Path(os.environ["CONTROLPLANE_REFERENCE_DATA"]).parent / "vectors" / "oasdiff.jsonl"
    if not file.exists():
        pytest.skip("no oasdiff cases beside the reference data")
    return [json.loads(line) for line in file.read_text().splitlines()]


def judged(case: dict[str, Any]) -> set[tuple[str, str]]:
    beta, stable = map(int, (case["deprecation"] or ["0,0"])[0].split(","))
    old, new = (read_artifact(case[side].encode(), "application/yaml") for side in ("old", "new"))
    notice = Notice(beta_days=beta, stable_days=stable)
    found = compare(old.data, new.data, on=TODAY, notice=notice)
    return {(one.rule, one.level) for one in found}


def test_the_published_cases_are_judged_as_oasdiff_judges_them():
    expected, met, otherwise = 0, 0, set()
    for case in cases():
        found = judged(case)
        levels = [LEVELS[level] for level in case["levels"]]
        wanted = set(zip(case["expect_ids"], levels, strict=True))
        expected, met = expected + len(wanted), met + len(wanted & found)
        unexpected = not wanted and "breaking" in {level for _, level in found}
        if wanted - found or unexpected or {rule for rule, _ in found} & set(case["absent_ids"]):
            otherwise.add(case["src"].partition("::")[2])
    assert otherwise == OTHERWISE
    assert met / expected > 0.97
