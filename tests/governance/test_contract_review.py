"""Who may sign, what may be waived and until when, and where a version may go."""

import pytest
from msgspec.structs import replace
from reviewed import CONTRACT, DAY, NOON, VERSION
from sqlalchemy import Connection

from governance.contract import stores as contracts
from governance.contract.catalogue import Consumer, Contract, declare
from governance.contract.ending import Ending, readers_of
from governance.contract.finding import Finding
from governance.contract.likeness import alike, fields_of
from governance.contract.numbering import advice
from governance.contract.ownership import first, hand_over
from governance.review import stores
from governance.review.demand import Demands, read_demands
from governance.review.ending_stores import list_endings, place
from governance.review.promotion import Promotion, promote
from governance.review.review import (
    Approval,
    Review,
    approve,
    lacking,
    remark,
    request,
    unsigned,
    waits_for,
)
from governance.review.waiting_stores import list_waiting
from governance.review.waiver import Waiver, ask, grant, standing, waived, withdraw
from governance.version import SemanticVersion
from rules.refusal import Refusal

BREAKS = Finding(
    id="gone:/rate@1.0.0", rule="gone", level="breaking", message="", pointer="/rate", against="1.0"
)
TWO = Demands(quorum=("1", "high=2"))


def asked(*reviewers: str, demands: Demands = TWO) -> Review | Refusal:
    return request(
        VERSION, CONTRACT, reviewers=reviewers, comment="", demands=demands, actor="ada", at=NOON
    )


def signed(actor: str, review: Review | Refusal, demands: Demands = TWO) -> Approval | Refusal:
    assert isinstance(review, Review)
    return approve(VERSION, review, comment="", demands=demands, actor=actor, at=NOON)


@pytest.mark.parametrize(
    ("quorum", "wanted"),
    [
        ((), 0),
        (("1",), 1),
        (("low=3", "1"), 1),
        (("high=2", "1"), 2),
        (("domain:finance=3", "high=2"), 3),
        (("domain:sales=3",), 0),
    ],
)
def test_of_the_demands_that_meet_a_contract_the_highest_counts(
    quorum: tuple[str, ...], wanted: int
):
    assert Demands(quorum=quorum).stewards(CONTRACT) == wanted


def test_who_works_alone_signs_alone_and_a_command_without_demands_is_held_to_none():
    assert Demands(quorum=("3",), sign_own=True).stewards(CONTRACT) == 1
    assert read_demands({}).stewards(CONTRACT) == 0


def test_a_review_that_was_asked_for_is_signed_by_somebody():
    review = asked(demands=Demands())
    assert isinstance(review, Review)
    assert review.quorum == 1


def test_nobody_signs_their_own_version_and_only_who_was_asked_signs():
    assert signed("ada", asked()).type == "own-work"
    assert signed("ada", asked(), replace(TWO, sign_own=True)).steward == "ada"
    assert signed("dan", asked("ben", "cleo")).type == "not-a-reviewer"
    assert signed("ben", asked("ben", "cleo")).steward == "ben"


def test_a_review_that_could_never_be_concluded_is_not_begun():
    assert asked("ada", "ben").errors[0].pointer == "/reviewers"
    assert asked("ben").errors[0].detail.startswith("2 must sign")


def test_a_version_waits_for_as_many_stewards_as_are_demanded():
    def gate(*stewards: str) -> Refusal | None:
        review = asked()
        given = [signed(one, review) for one in stewards]
        return unsigned(
            VERSION, "approved", review, given, contract=CONTRACT, demands=TWO, actor="ben"
        )

    assert gate("ben").extra["missing"]["lacking"] == 1
    assert gate("ben", "ben").type == "approvals-missing"
    assert gate("ben", "cleo") is None


@pytest.mark.parametrize(
    ("quorum", "actor", "refused"),
    [
        ("1", "ben", None),
        ("1", "ada", "own-work"),
        ("2", "ben", "approvals-missing"),
        ("0", "ada", None),
    ],
)
def test_a_draft_that_is_published_directly_is_signed_by_who_publishes_it(
    quorum: str, actor: str, refused: str | None
):
    draft, demands = replace(VERSION, lifecycle="draft"), Demands(quorum=(quorum,))
    refusal = unsigned(
        draft, "published", None, [], contract=CONTRACT, demands=demands, actor=actor
    )
    assert (refusal and refusal.type) == refused


def test_a_remark_is_of_the_version_or_of_a_finding_that_it_has():
    def say(finding: str, text: str = "why?") -> object:
        return remark(VERSION, [], finding=finding, text=text, findings=["a"], actor="ben", at=NOON)

    assert say("a").number == 1
    assert say("b").errors[0].pointer == "/finding"
    assert say("", " ").errors[0].pointer == "/text"


def waiver(**changes: object) -> Waiver | Refusal:
    given = {"owner": "finance", "reason": "agreed", "ids": [BREAKS.id], "expires_at": NOON + DAY}
    others = {"teams": ["finance"], "actor": "ada", "at": NOON}
    return ask(VERSION, [BREAKS], **(given | others | changes))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"owner": "nobody"}, "/owner"),
        ({"reason": " "}, "/reason"),
        ({"expires_at": NOON}, "/expires_at"),
        ({"ids": []}, "/findings"),
        ({"ids": ["other"]}, "/findings/0"),
    ],
)
def test_a_waiver_names_owner_reason_findings_and_an_end(changes: dict[str, object], pointer: str):
    assert waiver(**changes).errors[0].pointer == pointer


def test_an_error_of_the_document_cannot_be_waived():
    broken = replace(BREAKS, level="error")
    refusal = ask(
        VERSION,
        [broken],
        ids=[broken.id],
        owner="finance",
        reason="x",
        expires_at=NOON + DAY,
        teams=["finance"],
        actor="ben",
        at=NOON,
    )
    assert "only breaking" in refusal.errors[0].detail


@pytest.mark.parametrize(("level", "excused"), [("error", True), ("warning", False)])
def test_what_a_lint_policy_blocks_is_waived_and_what_it_only_tells_is_not(
    *, level: str, excused: bool
):
    styled = replace(BREAKS, id="lint:money-is-exact:/rate", level=level, against="")
    asked = ask(
        VERSION,
        [styled],
        ids=[styled.id],
        owner="finance",
        reason="x",
        expires_at=NOON + DAY,
        teams=["finance"],
        actor="ben",
        at=NOON,
    )
    assert isinstance(asked, Waiver) is excused


def given(by: str = "ben") -> Waiver:
    one = waiver()
    assert isinstance(one, Waiver)
    decided = grant(one, VERSION, demands=Demands(), actor=by, at=NOON)
    assert isinstance(decided, Waiver), decided
    return decided


def test_a_waiver_excuses_its_finding_there_and_then_only():
    assert waived([waiver()], [BREAKS], at=NOON) == frozenset()
    assert waived([given()], [BREAKS], at=NOON) == {BREAKS.id}
    assert waived([given()], [replace(BREAKS, pointer="/other")], at=NOON) == frozenset()
    assert waived([given()], [BREAKS], at=NOON + DAY) == frozenset()
    back = withdraw(given(), steward=True, actor="cleo", at=NOON)
    assert waived([back], [BREAKS], at=NOON) == frozenset()


def test_a_waiver_says_how_it_stands():
    assert standing(waiver(), [BREAKS], at=NOON)[0] == "asked"
    assert standing(given(), [BREAKS], at=NOON)[0] == "active"
    assert standing(given(), [], at=NOON) == ("stale", f"not found any more: {BREAKS.id}")
    assert standing(given(), None, at=NOON)[0] == "active"
    assert standing(given(), [BREAKS], at=NOON + DAY)[0] == "expired"


def test_the_author_gives_no_waiver_and_a_stranger_takes_none_back():
    refusal = grant(waiver(), VERSION, demands=Demands(), actor="ada", at=NOON)
    assert refusal.type == "own-work"
    assert withdraw(given(), steward=False, actor="dan", at=NOON).status == 403
    assert withdraw(given(), steward=False, actor="ada", at=NOON).withdrawn_by == "ada"


@pytest.mark.parametrize(
    ("before", "number", "wanted"),
    [
        ("1.2.0", "1.3.0", "2.0.0"),
        ("1.2.0", "2.0.0", None),
        ("0.2.0", "0.3.0", None),
        (None, "1.0.0", None),
    ],
)
def test_a_breaking_change_wants_a_major_version(
    before: str | None, number: str, wanted: str | None
):
    older = SemanticVersion.of(before) if before else None
    found = advice([BREAKS], SemanticVersion.of(number), older)
    assert [one.after for one in found] == ([wanted] if wanted else [])
    assert advice([], SemanticVersion.of(number), older) == ()


@pytest.mark.parametrize(
    ("been", "to", "lifecycle", "steward", "refused"),
    [
        ([], "dev", "draft", False, None),
        ([], "test", "draft", False, "environment-skipped"),
        (["dev"], "test", "approved", False, None),
        (["dev", "test"], "prod", "approved", True, "not-published"),
        (["dev", "test"], "prod", "published", False, "steward-needed"),
        (["dev", "test"], "prod", "published", True, None),
        (["dev"], "dev", "retired", True, "illegal-promotion"),
        ([], "mars", "published", True, "invalid-request"),
    ],
)
def test_a_version_leaves_no_environment_out(
    *, been: list[str], to: str, lifecycle: str, steward: bool, refused: str | None
):
    before = [
        Promotion(
            subject=VERSION.subject, version="2.0.0", environment=one, comment="", by="b", at=NOON
        )
        for one in been
    ]
    decided = promote(
        replace(VERSION, lifecycle=lifecycle),
        to,
        before,
        environments=("dev", "test", "prod"),
        steward=steward,
        comment="",
        actor="ben",
        at=NOON,
    )
    assert (decided.type if isinstance(decided, Refusal) else None) == refused


def test_a_contract_is_handed_over_to_a_team_with_a_reason():
    def hand(owner: str, reason: str = "they run the PSA now") -> object:
        teams = ["finance", "delivery"]
        return hand_over(
            CONTRACT, owner, [first(CONTRACT)], reason=reason, teams=teams, actor="ben", at=NOON
        )

    handed, tenure = hand("delivery")
    assert (handed.owner, tenure.number, tenure.by) == ("delivery", 2, "ben")
    assert hand("finance").type == "owner-unchanged"
    assert hand("nobody").errors[0].pointer == "/owner"
    assert hand("delivery", "").errors[0].pointer == "/reason"


def test_contracts_that_declare_nearly_the_same_fields_are_told():
    mine = fields_of({"properties": {"rate-id": {}, "rate": {"properties": {"Currency": {}}}}})
    assert mine == {"rateid", "rate", "currency"}
    others = {("a", "t"): mine | {"note"}, ("b", "t"): {"rate"}, ("c", "t"): mine}
    assert [(one.subject, one.likeness) for one in alike(mine, others)] == [("c", 1), ("a", 0.75)]


@pytest.mark.parametrize(
    ("actor", "reviewers", "signed_by", "waits"),
    [
        ("ben", (), (), True),
        ("ben", ("ben", "cleo"), (), True),
        ("dan", ("ben", "cleo"), (), False),
        ("ben", (), ("ben",), False),
        ("ben", (), ("cleo", "dan"), False),
        ("ada", (), (), False),
    ],
)
def test_a_review_waits_for_those_who_may_sign_and_have_not(
    *, actor: str, reviewers: tuple[str, ...], signed_by: tuple[str, ...], waits: bool
):
    wanted = lacking(2, reviewers, signed_by)
    assert waits_for(wanted, reviewers, author="ada", demands=TWO, actor=actor) == waits


def test_a_reader_with_another_version_in_its_range_is_not_stranded():
    def reader(system: str, versions: str) -> Consumer:
        return declared(CONTRACT, system, versions)

    consumers = [reader("erp", ">=1.0"), reader("portal", "^1.0"), reader("lake", "^2.0")]
    told = readers_of(SemanticVersion(1, 0, 0), consumers, [SemanticVersion(2, 0, 0)])
    assert [(one.system, one.stranded) for one in told] == [("erp", False), ("portal", True)]


def test_what_ends_first_is_told_first_page_by_page(connection: Connection):
    contracts.add_contract(connection, CONTRACT)
    for version, days in (("1.0.0", None), ("1.1.0", 9), ("1.2.0", 3), ("1.3.0", 9)):
        sunset = None if days is None else NOON + days * DAY
        ending = replace(VERSION, version=version, lifecycle="deprecated", sunset_at=sunset)
        contracts.add_version(connection, ending)
    contracts.save_consumer(connection, declared(CONTRACT, "portal", "1.2.0"))
    stores.watch(connection, {(CONTRACT.subject, "1.0.0", "urn:psa"): 3}, at=NOON)
    told: list[Ending] = []
    while page := list_endings(
        connection, seen_since=NOON, after=place(told[-1]) if told else None, limit=2
    ):
        told += page
    assert [one.version for one in told] == ["1.2.0", "1.1.0", "1.3.0", "1.0.0"]
    assert [one.blocked for one in told] == [True, False, False, True]
    assert list_endings(connection, seen_since=NOON + DAY, owner="nobody") == []


def test_what_waits_for_signatures_is_told_by_name(connection: Connection):
    contracts.add_contract(connection, CONTRACT)
    for version in ("2.0.0", "3.0.0", "4.0.0"):
        lifecycle = "approved" if version == "3.0.0" else "in_review"
        contracts.add_version(connection, replace(VERSION, version=version, lifecycle=lifecycle))
        stores.begin(connection, replace(asked("ben", "cleo"), version=version))
    approval = signed("ben", asked())
    assert isinstance(approval, Approval)
    stores.sign(connection, approval)
    [first_page] = list_waiting(connection, limit=1)
    assert (first_page.version, first_page.author, first_page.missing.of) == (
        *("2.0.0", "ada"),
        ("cleo",),
    )
    [rest] = list_waiting(connection, after=(CONTRACT.subject, "2.0.0"))
    assert rest.version == "4.0.0"


def declared(contract: Contract, system: str, versions: str) -> Consumer:
    told = declare(contract, system, versions=versions, contact="", actor="ada", at=NOON)
    assert isinstance(told, Consumer)
    return told


def test_what_is_stored_of_a_review_is_what_was_decided(connection: Connection):
    review = asked("ben", "cleo")
    assert isinstance(review, Review)
    stores.begin(connection, review)
    approval = signed("ben", review)
    assert isinstance(approval, Approval)
    stores.sign(connection, approval)
    stores.sign(connection, approval)
    name = (VERSION.subject, VERSION.version)
    assert stores.get_review(connection, *name) == review
    assert stores.approvals(connection, *name) == [approval]
    stores.forget(connection, *name)
    assert (stores.get_review(connection, *name), stores.approvals(connection, *name)) == (None, [])
    one = waiver()
    assert isinstance(one, Waiver)
    stores.save_waiver(connection, one)
    stores.save_waiver(connection, given())
    assert stores.waivers(connection, *name) == stores.list_waivers(connection) == [given()]


def test_who_was_seen_to_use_a_version_is_seen_for_a_while(connection: Connection):
    for at in (NOON, NOON + DAY):
        stores.watch(connection, {("s", "1.0.0", "psa"): 2}, at=at)
    [one] = stores.observed(connection, "s", "1.0.0", since=NOON)
    assert (one.system, one.times, one.last_at) == ("psa", 4, NOON + DAY)
    assert stores.observed(connection, "s", "1.0.0", since=NOON + 2 * DAY) == []
