"""Every rule that buf publishes is found of a change made for it, in its categories only."""

import pytest
from protobuf_changes import CHANGES, Pair, broken, rules

from governance.compatibility.protobuf.rules import CATEGORIES


def test_there_is_a_change_for_every_rule():
    assert CHANGES.keys() == CATEGORIES.keys()
    by_category = {
        name: sum(name in categories for categories in CATEGORIES.values())
        for name in ("FILE", "PACKAGE", "WIRE_JSON", "WIRE", "CSR")
    }
    assert by_category == {"FILE": 51, "PACKAGE": 51, "WIRE_JSON": 22, "WIRE": 15, "CSR": 32}


@pytest.mark.parametrize(("rule", "pair"), CHANGES.items())
def test_a_change_is_found_by_its_rule_in_its_categories_only(rule: str, pair: Pair):
    told = {name: rule in broken(*pair, name) for name in ("FILE", "PACKAGE", "WIRE_JSON", "WIRE")}
    assert told == {name: name in CATEGORIES[rule] for name in told}


@pytest.mark.parametrize(("rule", "pair"), CHANGES.items())
def test_files_compared_with_themselves_have_nothing_to_report(rule: str, pair: Pair):
    for document in pair:
        assert rules(document, document) == set()
