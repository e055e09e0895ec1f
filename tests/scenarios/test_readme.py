"""The README's commands are run, and what it shows as their answers is what comes."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from answering import shown_in
from running import Program
from sourcecode import ROOT

README = (ROOT / "README.md").read_text()
RULES = ROOT / "controlplane" / "packs" / "professional-services" / "rules"
CALL = re.compile(r"```bash\n(curl .*?)```\n```json\n(.*?)```", re.DOTALL)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Program]:
    """The running program with the shipped pack, on the embedded databases."""
    running = Program(tmp_path, None)
    running.start()
    running.cli("pack", "install", "professional-services")
    yield running
    running.stop()
    running.http.close()


def test_the_calls_of_the_readme_answer_as_it_shows(served: Program):
    calls = CALL.findall(README)
    assert len(calls) == 3
    for command, shown in calls:
        done = subprocess.run(
            ["bash", "-c", command.replace("http://127.0.0.1:8000", served.url)],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert shown_in(json.loads(shown), json.loads(done.stdout)) == []
        served.settled()


def test_the_rule_of_the_readme_is_written_so():
    (rule,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (name,) = re.findall(r"^rule: (\S+)$", rule, re.MULTILINE)
    written = (RULES / "billing-eligibility" / f"{name}.yaml").read_text()
    assert written.startswith(rule + "tests:\n")


def test_the_two_commands_of_the_readme_are_targets_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text()
    named = re.findall(r"^make (\w+)", README, re.MULTILINE)
    assert named == ["run", "test"]
    assert all(re.search(rf"^{name}:.*##", makefile, re.MULTILINE) for name in named)


def test_the_map_of_the_readme_names_every_folder():
    (drawn,) = re.findall(r"## The map\n\n```\n(.*?)```", README, re.DOTALL)
    named = re.findall(r"^(\w+)/", drawn, re.MULTILINE)
    assert all((ROOT / name).is_dir() for name in named)
    ours = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    tracked = {name for name in ours if any((ROOT / name).rglob("*.*"))}
    assert tracked - set(named) <= {"deploy", "requirements", "scripts", "data", "dist", "build"}
