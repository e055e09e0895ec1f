"""
A role implies others: everybody reads, contributors write, stewards approve, operators mend.

Steward and operator are two duties: who approves a contract does not thereby replay events.
"""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"
    STEWARD = "steward"
    OPERATOR = "operator"
    ADMIN = "admin"


IMPLIED: dict[Role, frozenset[Role]] = {
    Role.VIEWER: frozenset({Role.VIEWER}),
    Role.CONTRIBUTOR: frozenset({Role.VIEWER, Role.CONTRIBUTOR}),
    Role.STEWARD: frozenset({Role.VIEWER, Role.CONTRIBUTOR, Role.STEWARD}),
    Role.OPERATOR: frozenset({Role.VIEWER, Role.CONTRIBUTOR, Role.OPERATOR}),
    Role.ADMIN: frozenset(Role),
}


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """
    `name` is what history and ledger say: `local`, or `key:<id>`.

    Without `sources` the actor speaks for any; one that ends in `*` names all that begin so.
    """

    name: str
    role: Role
    sources: tuple[str, ...] = ()

    def may(self, needed: Role) -> bool:
        return needed in IMPLIED[self.role]

    def speaks_for(self, source: str) -> bool:
        return not self.sources or any(
            source == one or (one.endswith("*") and source.startswith(one[:-1]))
            for one in self.sources
        )

    @property
    def spoken_for(self) -> str:
        return ", ".join(self.sources) or "no source by name"

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role that the actor has, its own and the implied ones, by name."""
        return tuple(sorted(IMPLIED[self.role]))


LOCAL = Actor(name="local", role=Role.ADMIN)
ANYBODY = Actor(name="anybody", role=Role.VIEWER)
