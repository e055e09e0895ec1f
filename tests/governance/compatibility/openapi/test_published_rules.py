"""Every rule that is published is found of a change, and of that change only."""

from openapi_changes import NOTICE, WITHOUT_NOTICE, rules, single_changes

from governance.compatibility.openapi.rules import LEVELS, OASDIFF

UNREACHED = {"comparison-incomplete"}
"""Rules whose change is too large to be a line of a table."""


def test_each_rule_is_found_of_a_change_made_for_it():
    changes = single_changes()
    missed = {rule for rule, (old, new) in changes.items() if rule not in rules(old, new, NOTICE)}
    missed |= {rule for rule, (old, new) in WITHOUT_NOTICE.items() if rule not in rules(old, new)}
    assert missed == set()
    assert changes.keys() | WITHOUT_NOTICE.keys() == LEVELS.keys() - UNREACHED


def test_a_document_compared_with_itself_has_nothing_to_report():
    told = {
        rule: found
        for rule, pair in single_changes().items()
        for document in pair
        if (found := rules(document, document, NOTICE) - {"api-version-not-bumped"})
    }
    assert told == {"api-invalid-stability-level": {"api-invalid-stability-level"}}


def test_the_list_has_all_that_oasdiff_publishes():
    levels = list(OASDIFF.values())
    assert {level: levels.count(level) for level in set(levels)} == {
        "breaking": 213,
        "warning": 30,
        "info": 266,
    }
