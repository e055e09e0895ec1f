"""The version that the Contracts screen shows, with all that its tabs speak of."""

from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from ui.client import ApiError, write
from ui.components import notice, refusal
from ui.display import sentence
from ui.records import ContractVersion, VersionReview, WholeContract

OUT = ("published", "deprecated", "retired")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    contract: WholeContract
    version: ContractVersion
    review: VersionReview

    @property
    def name(self) -> str:
        return f"{self.contract.subject} {self.version.version}"

    @property
    def path(self) -> str:
        return version_path(self.contract.subject, self.version.version)

    @property
    def others(self) -> list[str]:
        """Return the names of its contract's other versions, the highest first."""
        names = [one.version for one in self.contract.versions]
        return [one for one in names if one != self.version.version]

    @property
    def before(self) -> str | None:
        """Return the version before it, one that is or was out rather than a draft."""
        every = self.contract.versions
        below = every[every.index(self.version) + 1 :]
        out = [one.version for one in below if one.lifecycle in OUT]
        return next(iter([*out, *(one.version for one in below)]), None)


def contract_path(subject: str) -> str:
    return f"/v1/contracts/{quote(subject, safe='')}"


def version_path(subject: str, version: str) -> str:
    return f"{contract_path(subject)}/versions/{quote(version, safe='')}"


def link(subject: str, version: str, tab: str) -> str:
    """Return the address of a tab of a version."""
    return f"contracts?subject={quote(subject)}&version={quote(version)}&tab={quote(tab)}"


def attempt(shown: Shown, act: str, body: Mapping[str, object], done: str) -> bool:
    """Do *act* on the version; keep *done*, or why not, to be told. Return whether it was done."""
    refusal.clear()
    try:
        write(f"{shown.path}/{act}", body)
    except ApiError as error:
        refusal.keep(error, shown.name, shown.review.names)
        return False
    notice.say(f"{shown.name}: {done}")
    return True


def act(shown: Shown, path: str, body: Mapping[str, object], done: str) -> None:
    """Do it, from a button."""
    attempt(shown, path, body, done)


def moved(shown: Shown, to: str, **body: object) -> bool:
    """Move the version on; return whether it went."""
    done = f"{sentence(to).lower()} now"
    return attempt(shown, "transitions", {"to": to, "comment": "", **body}, done)


def move(shown: Shown, to: str) -> None:
    """Move the version on, from a button."""
    moved(shown, to)
