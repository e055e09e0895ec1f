"""A pack is read whole, checked without a server, and planned in the order of its needs."""

import shutil
from pathlib import Path

import pytest

from controlplane.pack.check import check
from controlplane.pack.install import plan
from controlplane.pack.read import Pack, PackError, read_pack
from controlplane.pack.shipped import shipped, shipped_folder

NAME = "professional-services"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped pack, to be spoiled."""
    shipped_one = shipped_folder(NAME)
    assert shipped_one is not None
    return Path(shutil.copytree(shipped_one, tmp_path / "pack"))


def told(pack: Pack) -> list[str]:
    return [f"{one.pointer}:{one.line} {one.detail}" for one in check(pack)]


def spoil(folder: Path, file: str, before: str, after: str) -> Pack:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    return read_pack(folder)


def test_every_shipped_pack_is_sound():
    assert [pack.head.pack for pack in shipped()] == [NAME]
    assert [problem for pack in shipped() for problem in check(pack)] == []


def test_every_rule_of_a_shipped_pack_has_a_case_that_fires_and_one_that_does_not():
    from rules.language import read_ruleset  # noqa: PLC0415

    for pack in shipped():
        for document in pack.of_kind("ruleset"):
            for rule in read_ruleset(document.text).rules:
                fires = {bool(case.fires) for case in rule.tests}
                assert fires == {True, False}, rule.rule


def test_a_pack_that_is_not_there_is_not_shipped():
    assert shipped_folder("no-such-pack") is None


def test_a_rule_that_names_no_field_of_any_contract_is_found_in_its_own_file(folder: Path):
    file = "rules/billing-eligibility/time-billed-before-approval.yaml"
    pack = spoil(folder, file, "missing(t.timesheet_approved_at)", "missing(t.approved_when)")
    problem = check(pack)[0]
    assert problem.pointer == file
    line = (folder / file).read_text().splitlines()[problem.line - 1]
    assert "approved_when" in line


def test_a_test_case_that_fails_is_found_in_its_own_file(folder: Path):
    file = "rules/sla-breach/invoice-not-paid.yaml"
    pack = spoil(folder, file, 'c.state == "absent"', 'c.state == "late"')
    found = told(pack)
    assert len(found) == 2
    assert all(one.startswith(file) and "fails" in one for one in found)


def test_an_sla_on_a_calendar_that_the_pack_does_not_have_is_found(folder: Path):
    file = "slas/milestone-accepted-to-invoiced.yaml"
    assert told(spoil(folder, file, "uk-office", "mars-office")) == [
        f"{file}:1 there is no calendar 'mars-office'"
    ]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("entity: expense,", "entity: receipt,", "no process has an entity 'receipt'"),
        ("ps.expense.posted", "ps.expense.paid", "there is no contract 'ps.expense.paid'"),
        ("owner: finance", "owner: nobody", "the owner 'nobody' is no team"),
        ("grace_sla: approved", "grace_sla: never", "there is no sla"),
        ("compare:", "compared:", "unknown field"),
    ],
)
def test_a_reconciliation_of_what_the_pack_does_not_have_is_found(
    folder: Path, before: str, after: str, says: str
):
    file = "reconciliations/expenses-to-erp.yaml"
    found = told(spoil(folder, file, before, after))
    assert found
    assert all(one.startswith(file) and says in one for one in found)


def test_a_contract_without_a_version_and_one_without_an_owner_are_found(folder: Path):
    (folder / "contracts/ps.worker.changed/1.0.0.json").unlink()
    file = "contracts/ps.worker.hired/contract.yaml"
    found = told(spoil(folder, file, "owner: people", "owner: nobody"))
    assert "contracts/ps.worker.changed/contract.yaml:0 no version stands beside contract.yaml" in (
        found
    )
    assert f"{file}:0 the owner 'nobody' is no team" in found


def test_a_schema_that_is_none_is_found(folder: Path):
    file = "contracts/ps.worker.hired/1.0.0.json"
    found = told(spoil(folder, file, '"type": "object"', '"type": "thing"'))
    assert any(one.startswith(file) for one in found)


def test_a_receiver_that_is_neither_mail_nor_webhook_is_found(folder: Path):
    found = told(spoil(folder, "teams.yaml", "billing@meridian.example]}}", "not-an-address]}}"))
    assert found
    assert found[0].startswith("teams.yaml:0 finance")


@pytest.mark.parametrize(
    ("file", "before", "after", "says"),
    [
        ("pack.yaml", "version: 1.2.0", "version: 1.2.0\nflavour: mint", "flavour"),
        ("calendars/uk-office.yaml", "calendar: uk-office", "name: uk-office", "names itself"),
        ("slas/invoice-issued-to-paid.yaml", "hours: 720", "hours: [720", "line 10"),
        ("rules/sla-breach/invoice-not-paid.yaml", "when:", "when: &anchor", "line"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    folder: Path, file: str, before: str, after: str, says: str
):
    if "anchor" in after:
        after += "\nagain: *anchor\nwhen:"
    with pytest.raises(PackError, match=says) as caught:
        spoil(folder, file, before, after)
    assert [one.pointer for one in caught.value.problems] == [file]


def test_a_folder_that_is_no_pack_says_so(tmp_path: Path):
    with pytest.raises(PackError, match=r"pack\.yaml"):
        read_pack(tmp_path)


def test_parts_are_sent_after_what_they_need():
    (pack,) = shipped()
    rounds = [{chain[0].what.split()[0] for chain in chains} for chains in plan(pack)]
    order = ["team", "contract", "calendar", "handling", "process", "sla", "ruleset"]
    order += ["mapping", "reconciliation", "rates", "kpi", "routing", "pack"]
    assert rounds == [{one} for one in order]


def test_a_contract_is_registered_before_its_versions_and_its_consumers():
    (pack,) = shipped()
    chain = next(
        chain
        for chains in plan(pack)
        for chain in chains
        if chain[0].what == "contract ps.timesheet.approved"
    )
    assert [one.what.split()[0] for one in chain] == [
        "contract",
        "contract",
        "contract",
        "consumer",
        "consumer",
    ]
    assert chain[1].path == "/v1/contracts/ps.timesheet.approved/versions?version=1.0.0"
    assert chain[2].path == "/v1/contracts/ps.timesheet.approved/versions?version=1.1.0"
