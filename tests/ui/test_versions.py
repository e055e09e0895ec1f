from ui.records import ContractVersion, VersionReview, WholeContract
from ui.views.contract import superseding
from ui.views.shown import Shown


def version(name: str, lifecycle: str = "published") -> ContractVersion:
    return ContractVersion(version=name, lifecycle=lifecycle)


def shown(*versions: ContractVersion) -> list[Shown]:
    whole = WholeContract(versions=versions)
    return [Shown(contract=whole, version=one, review=VersionReview()) for one in versions]


def test_a_published_version_below_another_is_superseded():
    every = shown(version("2.0.0", "draft"), version("1.1.0"), version("1.0.0"))
    assert [superseding(one) for one in every] == ["", "", "1.1.0"]


def test_a_version_is_compared_with_the_one_that_came_before_and_is_out():
    every = shown(version("2.0.0"), version("1.1.0", "draft"), version("1.0.0"))
    assert [one.before for one in every] == ["1.0.0", "1.0.0", None]
    every = shown(version("1.1.0", "draft"), version("1.0.0", "draft"))
    assert [one.before for one in every] == ["1.0.0", None]
