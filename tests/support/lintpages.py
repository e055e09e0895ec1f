"""
The pages of docs/lint: one for each house rule, and the list of them.

`python tests/support/lintpages.py` writes them; a test compares.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # as a script it stands outside the program

from governance.lint.reading import read_policy
from governance.lint.ruleset import Rule
from governance.lint.shipped import SHIPPED, shipped_text

FOLDER = Path(__file__).parents[2] / "docs" / "lint"
INDEX = "README.md"


def pages() -> dict[str, str]:
    """Return the text of every page by its path in docs/lint."""
    policies = [read_policy(shipped_text(f"controlplane:{one}") or "") for one in SHIPPED]
    house, *others = policies
    lines = [
        "# The house rules for contracts",
        "",
        "How to hold contracts to them: [lint contracts](../how-to/lint-contracts.md).",
        "",
        f"## {house.name} {house.version}",
        "",
        "| rule | asks | of | severity |",
        "|---|---|---|---|",
        *(
            f"| [{one.id}]({one.id}.md) | {one.description} | {', '.join(one.formats)} "
            f"| {one.severity} |"
            for one in house.rules
        ),
        "",
    ]
    standing = {one.id: one.severity for one in house.rules}
    added = {one.id: one for policy in others for one in policy.rules if one.id not in standing}
    for policy in others:
        lines += [f"## {policy.name} {policy.version}", "", f"{policy.title}:", ""]
        lines += [
            f"- [{one.id}]({one.id}.md): {_said(one, standing)}"
            for one in policy.rules
            if one.severity != standing.get(one.id)
        ]
        lines += [""]
    rules = (*house.rules, *added.values())
    return {INDEX: "\n".join(lines), **{f"{one.id}.md": _page(one) for one in rules}}


def _said(rule: Rule, standing: dict[str, str]) -> str:
    """A rule that another policy decides otherwise has its severity, a new one what it asks."""
    return rule.severity if rule.id in standing else f"{rule.description} ({rule.severity})"


def _page(rule: Rule) -> str:
    paths = "\n".join(f"- `{one.text}`" for one in rule.given)
    fields = sorted({one.field.text for one in rule.then if one.field is not None})
    looked = "\n".join(f"- at `{one}`" for one in fields)
    parts = [
        f"# {rule.description}",
        f"`{rule.id}` · {', '.join(rule.formats)} · {rule.severity}",
        rule.rationale,
        "## Where it looks",
        f"{paths}\n{looked}".strip(),
        "## To decide otherwise",
        f"```sh\n# in a policy that extends controlplane:house\nrules:\n  {rule.id}: off\n```",
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.md"):
        old.unlink()
    for name, text in pages().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
