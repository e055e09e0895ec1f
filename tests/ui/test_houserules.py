from ui.records import LintPolicy
from ui.views.houserules import covered, policy_html


def test_a_policy_is_shown_with_what_it_asks_and_whom_it_stops():
    one = LintPolicy(policy="house", version="1.0.0", blocks="error", rules=37, errors=1)
    shown = policy_html(one)
    assert "37 rules, 1 error · every contract" in shown
    assert "Errors block" in shown


def test_a_policy_of_one_domain_says_so():
    one = LintPolicy(policy="finance", domains=("finance",), formats=("avro", "protobuf"))
    assert covered(one) == "domain finance · format avro, protobuf"


def test_a_name_is_no_markup():
    assert "<b>&lt;i&gt;" in policy_html(LintPolicy(policy="p", title="<i>"))
