"""Exceptions as lines of text: one in a table, one in full, what hangs on it."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from controlplane.cli.telling import moment, plain

_KEYS = 5
_FIGURES = (
    ("blocked", "blocked"),
    ("unpaid", "delayed"),
    ("delayed", "delayed_cash"),
    ("exposure", "exposure"),
)
HEADINGS = ("", "id", "what failed", "case", "blocked", "exposed", "state", "with", "handling")


def row(one: dict[str, Any]) -> tuple[str, ...]:
    handling = one["handling_sla"]
    return (
        one["priority"],
        one["id"],
        one["title"],
        one["case_title"] or one["case"],
        money(one["money"]["blocked"]),
        money(one["money"]["exposure"]),
        one["state"],
        one["assignee"] or one["owner"] or "",
        f"{handling['sla']} {_words(handling)}" if handling else "",
    )


def head(one: dict[str, Any]) -> Iterator[str]:
    """Yield what it is, whose, what to do first, what it costs and where its promises stand."""
    case = f"{one['case_title']} ({one['case']})"
    yield f"{one['priority']} {one['title']}  {one['id']}, {one['state']}, {one['type']}"
    yield plain(one["reason"])
    yield f"  case      {case}, owner {one['owner']}, with {one['assignee'] or 'nobody'}"
    yield f"  next      {one['next_step']}"
    if one["incident"]:
        yield f"  incident  {one['incident']['title']} ({one['incident']['id']})"
    for name, figure in _FIGURES:
        if one["money"][figure]:
            yield f"  {name:<9} {money(one['money'][figure])}"
    for name in ("process", "handling"):
        if sla := one[f"{name}_sla"]:
            used = f"{sla['used_percent']:g}% used, due {plain(sla['due_at'])}"
            yield f"  {name:<9} {sla['sla']}: {_words(sla)}, {used}"
    if asked := one["waiver"]:
        until = plain(asked["until"])
        yield f"  waiver    {asked['asked_by']} asks until {until}: {asked['reason']}"


def incident(one: dict[str, Any]) -> Iterator[str]:
    """Yield the cause that exceptions share, whom it hits, whose it is and what it costs."""
    shared = ", ".join(f"{name} {value}" for name, value in one["labels"].items())
    yield f"{one['priority']} {one['title']}  {one['id']}" + (f", {shared}" if shared else "")
    yield f"  cases     {one['cases']}, of {', '.join(one['processes'])}"
    yield f"  with      {', '.join(one['owners']) or 'nobody'}, {one['waiting']} not acknowledged"
    for name, figure in (("blocked", "blocked"), ("delayed", "delayed_cash")):
        if one["money"][figure]:
            yield f"  {name:<9} {several(one['money'][figure])}"


def hanging(radius: dict[str, Any]) -> Iterator[str]:
    for one in radius["things"]:
        more = " …" if one["total"] > _KEYS else ""
        yield f"  {one['type']:<9} {', '.join(one['keys'][:_KEYS])}{more}"
    for one in radius["shared"]:
        yield f"  {one['type']} {one['key']}: {one['cases']} cases rest on it"
    if radius["cases"] > 1:
        blocked = several(radius["money"]["blocked"])
        yield f"  {radius['cases']} cases are hit by the same cause, {blocked} blocked"
    if radius["downstream"]:
        yield "  then      " + ", ".join(one["title"] for one in radius["downstream"])


def history(lines: list[dict[str, Any]]) -> Iterator[str]:
    for one in lines:
        note = f": {plain(one['note'])}" if one["note"] else ""
        yield f"{moment(datetime.fromisoformat(one['at']))}  {one['actor']} {one['action']}{note}"


def money(one: dict[str, str] | None) -> str:
    return f"{one['currency']} {Decimal(one['amount']):,}" if one else ""


def several(those: list[dict[str, str]]) -> str:
    return ", ".join(map(money, those)) or "nothing"


def _words(sla: dict[str, Any]) -> str:
    return str(sla["state"]).replace("_", " ")
