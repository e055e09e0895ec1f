"""One rule set: its versions and who signed them, what its rules met with, and what is coming."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

import streamlit as st

from ui.client import ApiError, MissingError, read, write
from ui.components import heading, notice
from ui.components.state import chip
from ui.display import DASH, count, day, moment, plural, sentence, several
from ui.records import (
    Backtest,
    Backtests,
    Coverage,
    Differences,
    MoneyAtRisk,
    MovedMoney,
    Rule,
    RuleSet,
    RuleSetVersion,
    RuleSetVersions,
    RuleUse,
)

HEIGHT = 740
TABLE_HEIGHT = 380
WINDOW = "30d"
RECENT = 3
MOVES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "draft": (("shadow", "Put in shadow"), ("active", "Put in force")),
    "shadow": (("active", "Put in force"), ("draft", "Take back")),
    "active": (("retired", "Retire"),),
    "retired": (("active", "Put in force again"),),
}
TRIED = ("draft", "shadow")


def pane(name: str, known: RuleSet | None) -> None:
    with st.container(border=True, key="card_ruleset", height=HEIGHT):
        try:
            every = read(f"{path(name)}/versions", RuleSetVersions).items
        except MissingError:
            notice.broken_link(name)
            return
        summary(name, known)
        version = chosen(name, every)
        state(name, version)
        if version.state == "shadow":
            shadow(name, version)
        if known and known.rules:
            rules(name, version, known.rules)
        backtests(name)


def path(name: str) -> str:
    return f"/v1/rulesets/{quote(name, safe='')}"


def summary(name: str, known: RuleSet | None) -> None:
    owner = f" · owned by {known.owner}" if known and known.owner else ""
    title = (known.title if known else "") or name
    st.html(
        f'<div class="cp-muted">{escape(name + owner)}</div>'
        f'<div class="cp-title">{escape(title)}</div>'
    )


def chosen(name: str, every: Sequence[RuleSetVersion]) -> RuleSetVersion:
    """Draw the choice of a version, the one in force at first; return what was chosen."""
    by_name = {one.version: one for one in every}
    first = next((one.version for one in every if one.state == "active"), every[0].version)
    asked = st.segmented_control(
        "Version",
        list(by_name),
        default=first,
        required=True,
        format_func=lambda one: f"{one} · {by_name[one].state}",
        key=f"ruleset_version_{name}",
        label_visibility="collapsed",
    )
    return by_name.get(asked or first, by_name[first])


def state(name: str, version: RuleSetVersion) -> None:
    told = f"drafted {day(version.created_at)} by {version.named(version.created_by) or DASH}"
    if version.signed_by:
        told += f" · signed by {version.named(version.signed_by)}"
    if version.changed_at and version.state != "draft":
        told += f" · {version.state} since {day(version.changed_at)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(
            f'{chip(version.state)} <span class="cp-muted" title="sha256 '
            f'{escape(version.digest, quote=True)}">{escape(told)}</span>'
        )
        for to, label in MOVES.get(version.state, ()):
            st.button(label, key=f"rule_{to}", on_click=move, args=(name, version.version, to))
        if version.state in TRIED:
            st.button("Backtest", key="rule_try", on_click=begin, args=(name, version.version))


def move(name: str, version: str, to: str) -> None:
    try:
        write(f"{path(name)}/versions/{version}/transitions", {"to": to, "comment": ""})
    except ApiError as error:
        notice.refuse(error)
        return
    notice.say(f"{name} {version} is {sentence(to).lower()}")


def begin(name: str, version: str) -> None:
    try:
        write(f"{path(name)}/versions/{version}/backtest", {})
    except ApiError as error:
        notice.refuse(error)
        return
    notice.say(f"{name} {version} is being tried on history")


def shadow(name: str, version: RuleSetVersion) -> None:
    found = read(f"{path(name)}/versions/{version.version}/differences", Differences, limit=1)
    cases = found.cases
    heading.eyebrow(f"In shadow beside {found.against or 'nothing'} since {day(found.since)}")
    st.html(
        f'<div class="cp-body">{plural(cases.compared, "case")} compared: '
        f"{count(cases.same)} the same, <b>{count(cases.differing)} differ</b>; "
        f"{count(cases.not_evaluated)} could not be evaluated, {count(cases.waiting)} wait."
        f"<br>{moved(found.money)}</div>"
    )


def moved(money: MovedMoney) -> str:
    """Write how the three figures move, each currency by itself."""
    told = [
        f"{label} {escape(several(before))} → {escape(several(after))}"
        for label, before, after in zip(
            ("Held up", "Delayed cash", "Exposure"),
            figures(money.before),
            figures(money.after),
            strict=True,
        )
        if before != after
    ]
    return " · ".join(told) or "No money moves."


def figures(money: MoneyAtRisk) -> tuple[Sequence[Any], ...]:
    return (money.blocked, money.delayed_cash, money.exposure)


def rules(name: str, version: RuleSetVersion, asked: Sequence[Rule]) -> None:
    found = read(f"{path(name)}/coverage", Coverage, version=version.version, window=WINDOW)
    uses = {one.rule: one for one in found.rules}
    heading.eyebrow(f"{plural(len(asked), 'rule')} · what they met with in the last 30 days")
    key = f"rules_{name}_{version.version}"
    st.dataframe(
        {
            "rule": [one.title or one.rule for one in asked],
            "severity": [sentence(one.severity) for one in asked],
            "asked": [uses.get(one.rule, RuleUse()).asked for one in asked],
            "fired": [uses.get(one.rule, RuleUse()).fired for one in asked],
        },
        key=key,
        hide_index=True,
        height=min(TABLE_HEIGHT, 40 + 31 * len(asked)),
        row_height=31,
        selection_mode="single-cell",
        on_select="rerun",
        alt=f"Rules of {name}",
        column_config={
            "rule": st.column_config.TextColumn("Rule", width=360),
            "severity": st.column_config.TextColumn("Severity", width=76),
            "asked": st.column_config.NumberColumn("Checked", width=72),
            "fired": st.column_config.NumberColumn("Broken", width=72),
        },
    )
    cells = st.session_state[key].selection.cells if key in st.session_state else []
    if cells and cells[0][0] < len(asked):
        detail(asked[cells[0][0]], uses.get(asked[cells[0][0]].rule))
    else:
        st.html('<span class="cp-muted">Choose a rule to see what it asks and why.</span>')


def detail(rule: Rule, use: RuleUse | None) -> None:
    st.html(
        f'<div class="cp-body"><b>{escape(rule.question or rule.title)}</b><br>'
        f'<span class="cp-muted">{escape(rule.rationale)}</span></div>'
    )
    for one in use.conditions if use else ():
        st.html(
            f'<div class="cp-fact"><code>{escape(one.asked)}</code><br><span class="cp-muted">'
            f"held {count(one.held)} · failed {count(one.failed)}, "
            f"{count(one.unknown)} of them for a missing datum</span></div>"
        )


def backtests(name: str) -> None:
    recent = read("/v1/backtests", Backtests, ruleset=name, limit=RECENT).items
    if recent:
        heading.eyebrow("Tried on history")
    for one in recent:
        st.html(
            f'<div class="cp-fact"><b>{escape(one.version)}</b> against '
            f"{escape(one.against or 'nothing')} · {moment(one.asked_at)} by "
            f"{escape(one.asked_by)}<br>{outcome(one)}</div>"
        )


def outcome(backtest: Backtest) -> str:
    if backtest.status != "done":
        return chip(backtest.status)
    standing = read(f"/v1/backtests/{quote(backtest.id, safe='')}", Backtest).result
    if standing is None:
        return chip(backtest.status)
    now = standing.standing
    return (
        f"In force it would open {plural(now.opened, 'exception')}, close {count(now.closed)} "
        f"and change {count(now.changed)}. {moved(now.money)}"
    )
