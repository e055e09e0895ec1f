"""buf's own cases, read where they are; without them the test says so."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from governance.compatibility.protobuf.differences import differences

pytestmark = pytest.mark.reference


def cases() -> list[dict[str, Any]]:
    file = Path(os.environ["CONTROLPLANE_REFERENCE_DATA"]).parent / "vectors" / "buf-breaking.jsonl"
    if not file.exists():
        pytest.skip("no cases of buf beside the reference data")
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_the_published_cases_are_judged_as_buf_judges_them_line_by_line():
    for case in cases():
        found = Counter(
            (one.path, one.line, one.rule)
            for one in differences(case["old"], case["new"])
            if one.level == "breaking"
        )
        expected = Counter(
            (one["path"] or "", one["line"], one["rule"]) for one in case["expected"]
        )
        assert found == expected, case["src"]


def test_without_its_settings_every_change_is_told_all_the_same():
    for case in cases():
        new = {path: text for path, text in case["new"].items() if path.endswith(".proto")}
        found = {(one.path, one.rule) for one in differences(case["old"], new)}
        assert found >= {(one["path"] or "", one["rule"]) for one in case["expected"]}
