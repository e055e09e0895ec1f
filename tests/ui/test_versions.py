from ui.records import ContractVersion, WholeContract
from ui.views.contract import before, superseding


def version(name: str, lifecycle: str = "published") -> ContractVersion:
    return ContractVersion(version=name, lifecycle=lifecycle)


def test_a_published_version_below_another_is_superseded():
    draft, second, first = version("2.0.0", "draft"), version("1.1.0"), version("1.0.0")
    whole = WholeContract(versions=(draft, second, first))
    assert [superseding(whole, one) for one in whole.versions] == ["", "", "1.1.0"]


def test_a_version_is_compared_with_the_one_that_came_before():
    second, first = version("1.1.0"), version("1.0.0")
    whole = WholeContract(versions=(second, first))
    assert [before(whole, one) for one in whole.versions] == ["1.0.0", None]
