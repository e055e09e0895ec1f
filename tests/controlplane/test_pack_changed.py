"""A pack that says something else under versions that stand is refused before it writes."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Program

from controlplane.pack.install import ChangedError, install
from controlplane.pack.read import read_pack

PACK = Path(__file__).parents[2] / "examples" / "travel-expense"
CONTRACT = "contracts/travel-expense.step"
SLA = "slas/request-to-payment.yaml"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    running = Program(tmp_path_factory.mktemp("installed"), None)
    running.start()
    install(read_pack(PACK), running.http)
    yield running
    running.stop()
    running.http.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACK, tmp_path / "pack"))


def change(folder: Path, file: str, before: str, after: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert before in text
    (folder / file).write_text(text.replace(before, after, 1), encoding="utf-8")


def refused(program: Program, folder: Path) -> ChangedError:
    with pytest.raises(ChangedError) as caught:
        install(read_pack(folder), program.http)
    return caught.value


def test_every_part_that_changed_is_named_with_its_file_and_what_to_do(
    program: Program, folder: Path
):
    change(folder, SLA, "title: ", "title: Now ")
    change(folder, f"{CONTRACT}/1.0.0.json", "{", "{ ")
    change(folder, f"{CONTRACT}/contract.yaml", "criticality: ", "criticality: low #")
    change(folder, "pack.yaml", "title: ", "title: New ")
    error = refused(program, folder)
    assert set(error.changed) == {
        SLA,
        f"{CONTRACT}/1.0.0.json",
        f"{CONTRACT}/contract.yaml",
        "pack.yaml",
    }
    assert "raise its `version`" in error.changed[SLA]
    assert "a higher version" in error.changed[f"{CONTRACT}/1.0.0.json"]
    assert f"{SLA}: sla request-to-payment" in str(error)


def test_what_comes_before_the_changed_part_is_not_sent(program: Program, folder: Path):
    known = program.get("/v1/teams")
    change(folder, "teams.yaml", "name: ", "name: New ")
    change(folder, SLA, "title: ", "title: Now ")
    refused(program, folder)
    assert program.get("/v1/teams") == known


def test_the_command_is_exit_1(program: Program, folder: Path):
    change(folder, SLA, "title: ", "title: Now ")
    program.cli("pack", "install", str(folder), expect=1)


def test_a_higher_version_is_installed_and_the_same_again_changes_nothing(
    program: Program, folder: Path
):
    change(folder, SLA, "title: ", "title: Now ")
    change(folder, SLA, "version: 1.0.0", "version: 1.1.0")
    install(read_pack(folder), program.http)
    assert program.get("/v1/slas/request-to-payment")["version"] == "1.1.0"
    install(read_pack(folder), program.http)


def test_a_pack_brings_the_lint_policies_that_its_contracts_are_held_to(
    program: Program, folder: Path
):
    (folder / "lint-policies").mkdir()
    text = "policy: travel\nversion: 1.0.0\nblocks: never\nextends: [controlplane:house]\n"
    (folder / "lint-policies" / "travel.yaml").write_text(text, encoding="utf-8")
    install(read_pack(folder), program.http)
    (policy,) = program.get("/v1/lint-policies")["items"]
    assert (policy["policy"], policy["blocks"]) == ("travel", "never")
    change(folder, "lint-policies/travel.yaml", "never", "error")
    assert set(refused(program, folder).changed) == {"lint-policies/travel.yaml"}
