from governance.compatibility.comparison import concluded
from governance.contract.finding import Finding


def found(level: str) -> Finding:
    return Finding(id=level, rule="r", level=level, message="m")


def test_nothing_found_is_compatible():
    assert concluded([]).verdict == "compatible"


def test_what_could_not_be_judged_is_not_called_compatible():
    assert concluded([found("info"), found("not_evaluated")]).verdict == "not_evaluated"


def test_one_breaking_finding_decides_whatever_could_not_be_judged():
    comparison = concluded([found("info"), found("not_evaluated"), found("breaking")])
    assert comparison.verdict == "incompatible"
    assert [finding.level for finding in comparison.findings] == [
        "breaking",
        "not_evaluated",
        "info",
    ]
