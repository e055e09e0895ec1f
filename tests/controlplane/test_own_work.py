"""Nobody who holds a key signs off rules of their own; who works alone has nobody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import House, opened
from timework import RULESET, furnish

from controlplane.database import Databases
from controlplane.pack.install import install
from controlplane.pack.read import Pack, PackedDocument, PackHead, read_pack
from controlplane.pack.shipped import shipped_author, shipped_folder

MOVES = "/v1/rulesets/time-billing/versions/{}/transitions"
MINE = RULESET.replace("version: 1.0.0", "version: 1.1.0", 1)


Headers = dict[str, str]


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        furnish(one, rules=False)
        yield one


@pytest.fixture
def ada(house: House) -> Headers:
    """A steward, who has drafted a version."""
    headers = key(house, "ada")
    house.put_document("/v1/rulesets/time-billing/versions/1.0.0", RULESET, **headers)
    return headers


@pytest.fixture
def ben(house: House) -> Headers:
    """A second steward."""
    return key(house, "ben")


def key(house: House, name: str) -> Headers:
    minted = house.post("/v1/keys", {"name": name, "role": "steward"}, expect=201)
    return {"authorization": f"Bearer {minted['token']}"}


def listed(house: House) -> dict[str, Any]:
    return {one["version"]: one for one in house.get("/v1/rulesets/time-billing/versions")["items"]}


def test_an_author_is_told_who_wrote_it_and_what_to_do(house: House, ada: Headers):
    told = house.post(MOVES.format("1.0.0"), {"to": "active"}, expect=409, **ada)
    assert told["type"] == "/problems/own-work"
    assert told["author"] == listed(house)["1.0.0"]["created_by"] != "local"
    assert "CONTROLPLANE_SIGN_OWN_WORK" in told["detail"]
    assert listed(house)["1.0.0"]["state"] == "draft"


@pytest.mark.usefixtures("ada")
def test_a_second_steward_signs_and_the_version_says_so(house: House, ben: Headers):
    answer = house.post(MOVES.format("1.0.0"), {"to": "active"}, **ben)
    version = listed(house)["1.0.0"]
    assert answer["signed_by"] == version["signed_by"] == version["changed_by"]
    assert version["signed_by"] != version["created_by"]
    assert version["state"] == "active"
    assert version["digest"] == answer["digest"]
    named = {version["created_by"]: "ada", version["signed_by"]: "ben"}
    assert answer["names"] == version["names"] == named
    one = house.get("/v1/rulesets/time-billing/versions/1.0.0")
    assert (one["names"], one["body"]) == (named, RULESET)


def test_who_works_alone_without_a_key_signs_and_the_version_says_so(house: House):
    house.put_document("/v1/rulesets/time-billing/versions/1.0.0", RULESET)
    house.post(MOVES.format("1.0.0"), {"to": "active"})
    version = listed(house)["1.0.0"]
    assert (version["created_by"], version["signed_by"]) == ("local", "local")


@pytest.mark.usefixtures("ada")
def test_versions_are_listed_by_the_state_they_stand_in(house: House, ben: Headers):
    house.post(MOVES.format("1.0.0"), {"to": "active"}, **ben)
    house.put_document("/v1/rulesets/time-billing/versions/1.1.0", MINE)
    assert [one["version"] for one in house.get("/v1/rulesets")["items"]] == ["1.0.0"]
    (draft,) = house.get("/v1/rulesets", state="draft")["items"]
    assert (draft["version"], draft["state"]) == ("1.1.0", "draft")


def test_what_a_pack_brings_is_the_work_of_the_pack_only_where_it_came_along(house: House):
    folder = shipped_folder("professional-services")
    assert folder is not None
    ruleset = read_pack(folder).of_kind("ruleset")[0]
    assert shipped_author(ruleset.text) == "pack:professional-services"
    assert shipped_author(ruleset.text + "\n") is None


def test_a_pack_of_ones_own_is_installed_and_its_rules_wait_for_somebody_else(
    house: House, ada: Headers, ben: Headers
):
    mine = pack_of(MINE)
    house.http.headers.update(ada)
    first = install(mine, house.http)
    (waiting,) = first.waiting
    assert waiting.startswith("activate ruleset time-billing 1.1.0: ")
    assert listed(house)["1.1.0"]["state"] == "draft"
    assert [one["pack"] for one in house.get("/v1/packs")["items"]] == ["mine"]
    house.http.headers.update(ben)
    assert install(mine, house.http).waiting == ()
    assert listed(house)["1.1.0"]["state"] == "active"


def pack_of(text: str) -> Pack:
    document = PackedDocument(
        kind="ruleset", name="time-billing", version="1.1.0", text=text, files=((1, "x"),)
    )
    head = PackHead(pack="mine", version="1.0.0", title="Mine")
    return Pack(head=head, teams=(), contracts=(), documents=(document,))


def test_who_moves_a_version_may_say_which_one_they_have_seen_in_force(house: House):
    house.put_document("/v1/rulesets/time-billing/versions/1.0.0", RULESET)
    versions = "/v1/rulesets/time-billing/versions"
    assert "etag" not in house.http.get(versions).headers
    house.post(MOVES.format("1.0.0"), {"to": "active"})
    seen = {"if-match": house.http.get(versions).headers["etag"]}
    house.put_document(f"{versions}/1.1.0", MINE)
    house.post(MOVES.format("1.1.0"), {"to": "active"}, **seen)
    house.post("/v1/rulesets/time-billing/rollback", {}, expect=412, **seen)
