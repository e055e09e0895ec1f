import pytest

from governance.version import SemanticVersion, VersionError, within


def test_versions_are_ordered_as_semver_says():
    ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11"]
    ordered += ["1.0.0", "1.2.0", "1.10.0", "2.0.0"]
    versions = [SemanticVersion.of(text) for text in ordered]
    assert sorted(versions, reverse=True) == versions[::-1]
    assert [str(version) for version in versions] == ordered


@pytest.mark.parametrize("text", ["1", "1.2", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3\n", "", "a.b.c"])
def test_what_is_no_version_is_refused(text: str):
    assert SemanticVersion.parse(text) is None
    with pytest.raises(VersionError):
        SemanticVersion.of(text)


@pytest.mark.parametrize(
    ("pinned", "inside", "outside"),
    [
        ("*", ["0.0.1", "9.9.9"], []),
        ("1", ["1.0.0", "1.9.9"], ["2.0.0", "2.0.0-rc.1", "0.9.9", "1.0.0-rc.1"]),
        ("1.x", ["1.0.0", "1.9.9"], ["2.0.0"]),
        ("1.2", ["1.2.0", "1.2.9"], ["1.3.0", "1.1.9"]),
        ("1.2.3", ["1.2.3"], ["1.2.4", "1.2.2"]),
        ("^1.2", ["1.2.0", "1.9.0"], ["2.0.0", "1.1.9"]),
        ("^0.2", ["0.2.9"], ["0.3.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("~1.2", ["1.2.9"], ["1.3.0"]),
        ("~1", ["1.9.9"], ["2.0.0"]),
        (">=1.1 <2", ["1.1.0", "1.9.9"], ["2.0.0", "1.0.9"]),
        (">= 1.1, <= 1.4", ["1.1.0", "1.4.9"], ["1.5.0"]),
        (">1.2.3", ["1.2.4"], ["1.2.3"]),
        ("=1.2.3", ["1.2.3"], ["1.2.4"]),
    ],
)
def test_a_range_holds_what_it_says(pinned: str, inside: list[str], outside: list[str]):
    assert all(within(SemanticVersion.of(text), pinned) for text in inside)
    assert not any(within(SemanticVersion.of(text), pinned) for text in outside)


@pytest.mark.parametrize("pinned", ["newest", "^x", "1.2.3.4", "^1.2 || 3"])
def test_what_is_no_range_is_refused(pinned: str):
    with pytest.raises(VersionError):
        within(SemanticVersion(1, 0, 0), pinned)
