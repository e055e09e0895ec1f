"""Whose place a version takes, and to which it gives way again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from governance.document.governed_document import GovernedDocument
from governance.document.succession import predecessor, superseded

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
VERSIONS = ("1.0.0", "2.0.0", "3.0.0")


class History:
    """Versions as they are put in force, retired and taken back."""

    def __init__(self) -> None:
        self.at = NOON
        self.versions = {one: _draft(one) for one in VERSIONS}

    def put(self, version: str) -> None:
        one = self.versions[version]
        supersedes = superseded(one, "active", list(self.versions.values()))
        self.retire()
        self._stand(replace(self.versions[version], state="active", supersedes=supersedes))

    def retire(self) -> None:
        self.at += timedelta(hours=1)
        for one in list(self.versions.values()):
            if one.active:
                self._stand(replace(one, state="retired"))

    def back(self) -> str | None:
        found = predecessor(list(self.versions.values()))
        if found is not None:
            self.put(found.version)
        return None if found is None else found.version

    def _stand(self, one: GovernedDocument) -> None:
        self.versions[one.version] = replace(one, changed_at=self.at)


def _draft(version: str) -> GovernedDocument:
    return GovernedDocument(
        kind="ruleset",
        name="time-billing",
        version=version,
        body="",
        digest="",
        created_at=NOON,
        created_by="ada",
        changed_at=NOON,
        changed_by="ada",
    )


def test_each_way_back_goes_one_further_and_then_there_is_nothing_older() -> None:
    firm = History()
    for version in VERSIONS:
        firm.put(version)
    assert [firm.back() for _ in range(3)] == ["2.0.0", "1.0.0", None]


def test_what_comes_after_a_way_back_gives_way_to_what_stood_then() -> None:
    firm = History()
    for version in ("1.0.0", "2.0.0"):
        firm.put(version)
    firm.back()
    firm.put("3.0.0")
    assert [firm.back(), firm.back()] == ["1.0.0", None]


def test_what_was_taken_out_of_force_comes_back() -> None:
    firm = History()
    for version in ("1.0.0", "2.0.0"):
        firm.put(version)
    firm.retire()
    assert [firm.back(), firm.back(), firm.back()] == ["2.0.0", "1.0.0", None]


@given(st.lists(st.sampled_from([*VERSIONS, "retire", "back"]), max_size=12))
def test_ways_back_end(steps: list[str]) -> None:
    firm = History()
    for step in steps:
        match step:
            case "retire":
                firm.retire()
            case "back":
                firm.back()
            case _ if not firm.versions[step].active:
                firm.put(step)
    gone = [firm.back() for _ in range(len(VERSIONS) + 1)]
    assert gone[-1] is None
