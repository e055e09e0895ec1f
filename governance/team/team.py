"""
A team owns contracts, stages and rules, and has receivers.

A receiver names its secrets (`env:NAME`, `file:/path`) and never holds one.
"""

import re
from email.errors import MessageError
from email.headerregistry import Address
from typing import Any

import msgspec

from rules.refusal import Problem, Refusal

_TEAM = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_ADDRESS = re.compile(r"[^@\s<>,;\"\r\n]+@[A-Za-z0-9.-]+\Z")
_SECRET = re.compile(r"(env:[A-Za-z_][A-Za-z0-9_]*|file:/[^\s\0]+)\Z")
_URL = re.compile(r"https?://[^/@\s?#]+([/?][^\s#]*)?\Z")
_LONGEST = 200


class Email(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    to: list[str]


class Webhook(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """`secret` is a reference to a Standard Webhooks secret; without it messages go unsigned."""

    url: str
    secret: str | None = None


class Receiver(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Exactly one of `email` and `webhook`."""

    receiver: str
    email: Email | None = None
    webhook: Webhook | None = None

    @property
    def channel(self) -> str:
        return "email" if self.email is not None else "webhook"


class Team(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `escalation` names receivers: the first hears when nobody takes an exception of the team on
    in time, the second when it is not resolved in time; where there is one, it hears both.
    `calendar` is whose business hours the team works.
    """

    team: str
    name: str
    members: list[str] = []
    receivers: list[Receiver] = []
    escalation: list[str] = []
    calendar: str | None = None
    version: int = 0


def put_team(existing: Team | None, team: str, body: dict[str, Any]) -> Team | Refusal:
    """Return the team that *body* describes, one version above *existing*, or why it is none."""
    try:
        given = msgspec.convert({"name": team, **body, "team": team}, Team)
    except msgspec.ValidationError as error:
        return _refuse([_located(error)])
    problems = [*_name_problems(given), *_escalation_problems(given)]
    for index, receiver in enumerate(given.receivers):
        problems.extend(receiver_problems(receiver, f"/receivers/{index}"))
    if problems:
        return _refuse(problems)
    fresh = msgspec.structs.replace(given, version=0)
    if existing is not None and msgspec.structs.replace(existing, version=0) == fresh:
        return existing
    return msgspec.structs.replace(given, version=existing.version + 1 if existing else 1)


def receiver_problems(receiver: Receiver, pointer: str) -> list[Problem]:
    """Return what is wrong with *receiver*; the pointers begin with *pointer*."""
    problems = []
    if (receiver.email is None) == (receiver.webhook is None):
        problems.append(Problem(pointer=pointer, detail="give either email or webhook"))
    if receiver.email is not None:
        problems.extend(_address_problems(receiver.email.to, f"{pointer}/email/to"))
    if receiver.webhook is not None:
        problems.extend(_webhook_problems(receiver.webhook, f"{pointer}/webhook"))
    return problems


def _name_problems(team: Team) -> list[Problem]:
    problems = []
    if not _TEAM.match(team.team) or len(team.team) > _LONGEST:
        problems.append(Problem(pointer="/team", detail="a kebab-case id such as finance"))
    if not team.name.strip() or len(team.name) > _LONGEST:
        problems.append(Problem(pointer="/name", detail="a name of at most 200 characters"))
    return problems


def _escalation_problems(team: Team) -> list[Problem]:
    known = {receiver.receiver for receiver in team.receivers}
    return [
        Problem(pointer=f"/escalation/{index}", detail=f"{step!r} is none of the team's receivers")
        for index, step in enumerate(team.escalation)
        if step not in known
    ]


def _address_problems(addresses: list[str], pointer: str) -> list[Problem]:
    if not addresses:
        return [Problem(pointer=pointer, detail="name at least one address")]
    return [
        Problem(pointer=f"{pointer}/{index}", detail="an address such as finance@example.com")
        for index, address in enumerate(addresses)
        if not _is_address(address)
    ]


def _is_address(text: str) -> bool:
    if not _ADDRESS.match(text):
        return False
    try:
        Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        return False
    return True


def _webhook_problems(webhook: Webhook, pointer: str) -> list[Problem]:
    problems = []
    if not _URL.match(webhook.url):
        detail = "an http or https URL without a user or a password in it"
        problems.append(Problem(pointer=f"{pointer}/url", detail=detail))
    if webhook.secret is not None and not _SECRET.match(webhook.secret):
        detail = "a reference, env:NAME or file:/path; a secret itself is never stored"
        problems.append(Problem(pointer=f"{pointer}/secret", detail=detail))
    return problems


def _located(error: msgspec.ValidationError) -> Problem:
    message, _, path = str(error).partition(" - at `$")
    pointer = path.rstrip("`").replace("[", "/").replace("]", "").replace(".", "/")
    return Problem(pointer=pointer, detail=message)


def _refuse(problems: list[Problem]) -> Refusal:
    return Refusal(
        type="invalid-team",
        status=422,
        title="The team cannot be stored",
        detail=f"{problems[0].pointer or 'the body'}: {problems[0].detail}",
        errors=tuple(problems),
    )
