"""
What the documentation shows is run: bash and Python blocks in order, against one program.

A ```sh block is not run: it starts servers, or needs a file that is not ours to ship.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from answering import shown_in
from commandline import parse
from reference import FOLDER, PAGES, renewed
from rulepages import FOLDER as RULES
from rulepages import pages
from running import Program, furnished_program
from sourcecode import ROOT

from governance.handling.policy import read_handling
from governance.routing import read_routing
from observability.intake.mapping import SpanMapping
from observability.kpi.document import read_kpi
from observability.kpi.rates import read_rates
from observability.mastery.document import read_mastery
from observability.model.coherence import read_model
from observability.objective import read_objective
from observability.reconciliation.document import read_reconciliation
from observability.system.document import read_system
from rules.calendar import read_calendar
from rules.document import read_document
from rules.language import read_ruleset

DOCS = ROOT / "docs"
PAGES_RUN = [DOCS / "tutorial.md", *sorted((DOCS / "how-to").glob("*.md"))]
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
READERS: dict[str, Callable[[str], Any]] = {
    "process": read_model,
    "calendar": read_calendar,
    "system": read_system,
    "attributes": read_mastery,
    "sla": read_objective,
    "ruleset": read_ruleset,
    "mapping": lambda text: read_document(text, SpanMapping),
    "reconciliation": read_reconciliation,
    "kpi": read_kpi,
    "rates": read_rates,
    "routing": read_routing,
    "handling": read_handling,
}


@pytest.fixture(scope="module")
def served(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with furnished_program(furnished, tmp_path_factory.mktemp("docs") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def environment(served: Program, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The program's own, with `controlplane` and `python` on the path."""
    folder = tmp_path_factory.mktemp("bin")
    for name, called in (("controlplane", "-m controlplane"), ("python", "")):
        path = folder / name
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {called} "$@"\n')
        path.chmod(0o755)
    path = f"{folder}{os.pathsep}{served.environment['PATH']}"
    return {**served.environment, "PATH": path, "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("doc", PAGES_RUN, ids=lambda doc: doc.stem)
def test_a_page_does_what_it_says(doc: Path, served: Program, environment: dict[str, str]):
    blocks = FENCED.findall(doc.read_text())
    answers = [*blocks[1:], ("", "")]
    for (kind, text), (next_kind, shown) in zip(blocks, answers, strict=True):
        if kind not in {"bash", "python"}:
            continue
        said = run(kind, text.replace("http://127.0.0.1:8000", served.url), environment)
        served.settled()
        if next_kind == "json":
            assert shown_in(json.loads(shown), json.loads(said)) == [], text
        elif next_kind == "text":
            assert said == shown


def run(kind: str, text: str, environment: dict[str, str]) -> str:
    text = text.replace(".venv/bin/", "")  # this environment may stand elsewhere
    command = ["bash", "-ec", text] if kind == "bash" else [sys.executable, "-c", text]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_spans_of_a_stock_sdk_are_in_the_case(served: Program, environment: dict[str, str]):
    page = (DOCS / "how-to" / "send-events.md").read_text()
    (script,) = [text for kind, text in FENCED.findall(page) if kind == "python"]
    run("python", script.replace("E-21", "E-SDK"), environment)
    served.settled()
    found = served.get("/v1/processes/quote-to-cash/instances", case="E-SDK")["items"]
    assert [(one["events"], one["stage"]) for one in found] == [(1, "bill")]


def test_every_command_of_ours_that_a_page_names_exists():
    lines = [
        line.partition("  #")[0].strip()
        for doc in (*PAGES_RUN, ROOT / "README.md")
        for kind, text in FENCED.findall(doc.read_text())
        if kind in {"bash", "sh"}
        for line in text.splitlines()
        if line.startswith(".venv/bin/controlplane ")
    ]
    assert lines
    for line in lines:
        parse(shlex.split(line.replace("DomesticDeclarations.xes.gz", "README.md"))[1:])


@pytest.mark.parametrize("doc", [*PAGES_RUN, ROOT / "README.md"], ids=lambda doc: doc.stem)
def test_every_command_of_ours_is_found_where_make_installs_it(doc: Path):
    lines = [line for _, text in FENCED.findall(doc.read_text()) for line in text.splitlines()]
    assert [line for line in lines if line.startswith("controlplane ")] == []


def test_the_documents_of_the_reference_are_read_by_the_program():
    page = (DOCS / "reference" / "documents.md").read_text()
    shown = [text for kind, text in FENCED.findall(page) if kind == "yaml"]
    kinds = [text.partition(":")[0] for text in shown]
    assert list(dict.fromkeys(kinds)) == list(READERS)
    for kind, text in zip(kinds, shown, strict=True):
        READERS[kind](text)


@pytest.mark.parametrize("doc", PAGES)
def test_the_reference_is_what_the_program_has(doc: str):
    assert (FOLDER / doc).read_text() == renewed(doc), "run: python tests/support/reference.py"


def test_every_rule_of_the_pack_has_its_page_and_no_page_is_left_over():
    kept = {one.relative_to(RULES).as_posix(): one.read_text() for one in RULES.rglob("*.md")}
    assert kept == pages(), "run: python tests/support/rulepages.py"


def test_every_rule_of_the_pack_serves_a_control_that_is_told():
    told = (DOCS / "explanation" / "controls.md").read_text()
    linked = set(re.findall(r"\(\.\./rules/([a-z-]+/[a-z-]+)\.md\)", told))
    whole = set(re.findall(r"the rules of \[([a-z-]+)\]", told))
    kept = {one.removesuffix(".md") for one in pages() if "/" in one}
    assert {one for one in kept - linked if one.partition("/")[0] not in whole} == set()


def test_every_link_between_pages_leads_somewhere():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_decision_record_has_its_four_parts():
    for page in sorted((DOCS / "adr").glob("*.md")):
        text = page.read_text()
        assert re.match(rf"# {page.name[:3]}\. \S", text), page.name
        assert all(part in text for part in ("Status: ", "## Context", "## Decision"))
        assert "## Consequences" in text
