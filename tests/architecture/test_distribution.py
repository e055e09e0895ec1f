"""What is installed: five names of ours alone, a wheel with its data, locks without a host."""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from sourcecode import PACKAGES, ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PINNED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._\[\],-]*==\S+")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names inside the wheel that the build back-end makes, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "import hatchling.build, sys; print(hatchling.build.build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        return archive.namelist()


def test_no_other_distribution_claims_a_name_of_ours():
    claims = importlib.metadata.packages_distributions()
    strangers = {
        name: sorted(set(claims[name]) - {"controlplane"})
        for name in PACKAGES
        if set(claims.get(name, [])) - {"controlplane"}
    }
    assert strangers == {}


@pytest.mark.parametrize("folder", ["controlplane/packs", "controlplane/migrations", "ui/static"])
def test_the_wheel_carries_its_data(wheel: list[str], folder: str):
    ours = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert ours
    assert ours - set(wheel) == set()


def test_the_wheel_carries_every_module_and_nothing_of_the_tests(wheel: list[str]):
    folders = {name.partition("/")[0] for name in wheel}
    assert folders == {*PACKAGES, f"controlplane-{_project()['version']}.dist-info"}
    modules = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }
    assert modules - set(wheel) == set()


def test_the_wheel_installs_the_command(wheel: list[str]):
    assert any(name.endswith(".dist-info/entry_points.txt") for name in wheel)
    module, _, function = _project()["scripts"]["controlplane"].partition(":")
    assert callable(getattr(__import__(module, fromlist=[function]), function))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_registry(lock: Path):
    text = lock.read_text()
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_requirement_of_a_lock_is_pinned_and_hashed(lock: Path):
    requirements = _requirements(lock)
    assert requirements
    loose = [one.split()[0] for one in requirements if not PINNED.match(one)]
    bare = [one.split()[0] for one in requirements if "--hash=sha256:" not in one]
    assert (loose, bare) == ([], [])


def test_the_locks_hold_what_the_project_asks_for():
    main, dev = (_names(ROOT / "requirements" / f"{name}.lock") for name in ("main", "dev"))
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {_name(one) for one in pyproject["project"]["dependencies"]}
    assert wanted - main == set()
    assert main - dev == set()
    assert {_name(one) for one in pyproject["dependency-groups"]["dev"]} - dev == set()


def test_no_dependency_is_under_a_licence_that_binds_ours():
    main = _names(ROOT / "requirements" / "main.lock")
    binding = [
        one.name
        for one in importlib.metadata.distributions()
        if _name(one.name) in main and "AGPL" in str(one.metadata.get("License", ""))
    ]
    assert binding == []


def _project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def _requirements(lock: Path) -> list[str]:
    text = lock.read_text().replace("\\\n", " ")
    return [
        line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]


def _names(lock: Path) -> set[str]:
    return {_name(one) for one in _requirements(lock)}


def _name(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match, requirement
    return re.sub(r"[-_.]+", "-", match[0]).lower()
