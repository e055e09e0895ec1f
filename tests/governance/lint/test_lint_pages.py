"""Every house rule has a page that says what the rule says."""

import re

from lintpages import FOLDER, pages

from governance.lint.reading import read_policy


def test_the_pages_of_the_house_rules_are_as_the_rules_are():
    kept = {one.name: one.read_text() for one in FOLDER.glob("*.md")}
    assert kept == pages(), "run: python tests/support/lintpages.py"


def test_the_policy_of_the_how_to_is_one():
    page = (FOLDER.parent / "how-to" / "lint-contracts.md").read_text()
    (shown,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert "event-names-its-region" in {one.id for one in read_policy(shown).rules}
