"""Somebody always answers for an exception; when nobody does, that is said and never hidden."""

import msgspec

UNOWNED = "unowned"


class Ownership(msgspec.Struct, frozen=True, kw_only=True):
    owner: str
    because: str


def owner_of(
    *,
    engagement: str | None = None,
    class_: str | None = None,
    rule: str | None = None,
    stage: str | None = None,
    process: str | None = None,
) -> Ownership:
    """
    Return the first team named: of the engagement, the class, the rule, the stage, the process.

    With none of them the owner is `unowned`, which a route can match and a view can list.
    """
    for because, team in (
        ("engagement", engagement),
        ("class", class_),
        ("rule", rule),
        ("stage", stage),
        ("process", process),
    ):
        if team:
            return Ownership(owner=team, because=because)
    return Ownership(owner=UNOWNED, because="no team is named")
