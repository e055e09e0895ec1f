"""What the style promises in words and a tool can count."""

import ast
import re
from collections import Counter

from sourcecode import ROOT, calls, modules

LAYER_NAMES = {"utils", "util", "service", "services", "helpers", "helper", "base", "common"}
LAYER_NAMES |= {"manager", "managers", "types", "misc", "core", "constants", "models"}
LONGEST = 400
POSTPONED = re.compile(r"^from __future__ import .*\bannotations", re.MULTILINE)
CLOCKS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time")
EDGE = (
    "controlplane/api/",
    "controlplane/cli/",
    "controlplane/identity/",
    "controlplane/backtest/backtests.py",  # says when a process of its own was over
    "controlplane/demo.py",
    "controlplane/foretelling/foreteller.py",  # what forecasts are told from is a history as well
    "controlplane/otlp_grpc.py",
    "controlplane/pace.py",  # how long events waited is a history: no case depends on it
    "controlplane/reconciling/reconciler.py",  # turns a cadence into entries of the log
    "controlplane/sealing.py",  # a checkpoint says when it was made, and is no part of the state
    "controlplane/sender.py",  # the outbox runs on real time: its attempts are not replayed
    "controlplane/shadow/shadowing.py",  # turns what was compared into entries of the log
    "controlplane/ticker.py",  # turns the passing of time into entries of the log
    "ui/",  # shows people what is left of a day
)


def test_no_module_is_named_after_its_layer():
    named = [one.name for one in modules() if one.path.stem in LAYER_NAMES]
    folders = [
        folder.as_posix()
        for one in modules()
        for folder in one.path.relative_to(ROOT).parents
        if folder.name in LAYER_NAMES
    ]
    assert (named, folders) == ([], [])


def test_no_module_outgrows_its_subject():
    long = {
        one.name: lines
        for one in modules()
        if (lines := one.text.count("\n")) > LONGEST and "/versions/" not in one.name
    }
    assert long == {}


def test_exactly_one_place_catches_everything():
    catching = [
        one.name
        for one in modules()
        for node in ast.walk(one.tree)
        if isinstance(node, ast.ExceptHandler) and _catches_everything(node)
    ]
    assert catching == ["controlplane/worker.py"]


def test_the_clock_is_read_at_the_edge_only():
    reading = {
        one.name: lines
        for one in modules()
        if (lines := calls(one, *CLOCKS)) and not one.name.startswith(EDGE)
    }
    assert reading == {}


def test_annotations_stay_readable_at_run_time():
    postponed = [
        one.name
        for one in modules("tests", "benchmarks", "controlplane", "rules", "governance", "ui")
        + modules("observability")
        if POSTPONED.search(one.text)
    ]
    assert postponed == []


def test_the_tests_are_no_package():
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_test_modules_have_names_of_their_own():
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, times in names.items() if times > 1] == []


def test_nothing_is_left_to_be_written_later():
    marks = ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error")
    left = {
        one.name: mark
        for one in modules() + modules("tests", "benchmarks")
        for mark in marks
        if mark in one.text
    }
    assert left == {}


def test_no_folder_of_the_app_shadows_a_library():
    shadowing = [
        path.name
        for path in (ROOT / "ui").iterdir()
        if path.stem in {"pages", "streamlit", "plotly"}
    ]
    assert shadowing == []


def test_decisions_are_numbered_in_order_and_the_architecture_page_leads_to_each():
    decisions = sorted((ROOT / "docs/adr").glob("*.md"))
    page = (ROOT / "docs/explanation/architecture.md").read_text()
    assert [one.name[:4] for one in decisions] == [
        f"{number:03}-" for number in range(1, len(decisions) + 1)
    ]
    titles = {one.name: one.read_text().splitlines()[0].removeprefix("# ") for one in decisions}
    assert {
        name: title
        for name, title in titles.items()
        if f"* [{name[:3]}](../adr/{name}) {title[5:]}\n" not in page
    } == {}


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    named = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return bool({ast.unparse(one) for one in named} & {"Exception", "BaseException"})
