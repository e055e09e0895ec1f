"""What changed since another version, by what it means for whoever relies on it."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from ui.client import read, read_text
from ui.components import heading
from ui.components.state import chip, tone
from ui.display import DASH, plural
from ui.records import Checked, Finding
from ui.views.shown import Shown, version_path

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Errors": ("error",),
    "Breaking": ("breaking",),
    "Not evaluated": ("not_evaluated",),
    "Compatible": ("warning", "info"),
}
VERDICTS = {
    "compatible": ("compatible", "Who relies on {against} is not hurt."),
    "incompatible": ("breaking", "Who relies on {against} may be hurt: {told}."),
    "not_evaluated": ("not_evaluated", "It could not be judged against {against}: {told}."),
}
SHOWN = 100
LONGEST = 400
MOST_LINES = 20_000


def tab(shown: Shown) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        against = compared_with(shown)
        as_text = st.toggle("Text", key="text", bind="query-params")
    if as_text:
        text(shown, against)
        return
    if against:
        found = read(f"{shown.path}/diff", Checked, against=against)
        verdict(found.verdict, found.findings, against)
        grouped(shown, chosen(found.findings), len(found.findings))
    own = [one for one in shown.version.findings if not one.against]
    if own:
        heading.eyebrow(f"{plural(len(own), 'finding')} in the document itself")
        st.html("".join(finding_html(one, shown) for one in own[:SHOWN]))
    elif not against:
        st.html('<span class="cp-muted">Nothing was found in the document itself.</span>')


def compared_with(shown: Shown) -> str | None:
    """Draw the choice of the version to compare with; None: with nothing."""
    if not shown.others:
        return None
    options = [None, *shown.others]
    return st.selectbox(
        "Compare with",
        options,
        index=options.index(shown.before),
        format_func=lambda one: f"Changes since {one}" if one else "By itself",
        key=f"against_{shown.name}",
        label_visibility="collapsed",
        width=190,
    )


def verdict(word: str, found: Sequence[Finding], against: str) -> None:
    state, sentence = VERDICTS.get(word, ("not_evaluated", "{told}"))
    told = " and ".join(counted(found))
    st.html(
        f'<div class="cp-verdict cp-{tone(state)}">{chip(state)} '
        f"<b>{escape(sentence.format(against=against, told=told))}</b></div>"
    )


def counted(found: Sequence[Finding]) -> Iterator[str]:
    """Write how many findings stop a version, by why."""
    numbers = {name: sum(one.level in GROUPS[name] for one in found) for name in GROUPS}
    if numbers["Breaking"]:
        yield plural(numbers["Breaking"], "breaking change")
    if numbers["Not evaluated"]:
        yield f"{numbers['Not evaluated']:,} that could not be judged"


def chosen(found: Sequence[Finding]) -> Sequence[Finding]:
    """Draw the filters; return the findings that they leave."""
    if not found:
        st.html('<span class="cp-muted">The two say the same to whoever relies on them.</span>')
        return ()
    counts = {name: sum(one.level in levels for one in found) for name, levels in GROUPS.items()}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        kept = st.pills(
            "Show",
            [name for name, number in counts.items() if number],
            selection_mode="multi",
            format_func=lambda name: f"{name} {counts[name]}",
            key="meaning",
            label_visibility="collapsed",
        )
        words = st.text_input(
            "Find",
            type="search",
            placeholder="Field, rule, word…",
            key="finding_words",
            live="250ms",
            label_visibility="collapsed",
        )
    levels = [level for name in kept or GROUPS for level in GROUPS[name]]
    return [one for one in found if one.level in levels and speaks_of(one, words or "")]


def speaks_of(one: Finding, words: str) -> bool:
    return words.lower() in f"{one.pointer} {one.path} {one.rule} {one.message}".lower()


def grouped(shown: Shown, found: Sequence[Finding], of: int) -> None:
    for name, levels in GROUPS.items():
        those = [one for one in found if one.level in levels]
        if not those:
            continue
        more = len(those) - SHOWN
        rest = f'<div class="cp-muted">and {more:,} more; search for them</div>' if more > 0 else ""
        title = f'<div class="cp-eyebrow">{name} · {len(those):,}</div>'
        st.html(title + "".join(finding_html(one, shown) for one in those[:SHOWN]) + rest)
    if of and not found:
        st.html('<span class="cp-muted">No finding is like that.</span>')


def finding_html(one: Finding, shown: Shown | None = None) -> str:
    """Write a finding: what it means, where, what was there before, and what is said of it."""
    place = one.path or one.pointer or (f"line {one.line}" if one.line else "")
    beside = place if one.pointer and place != one.pointer else ""
    below = " · ".join(part for part in (beside, one.rule) if part)
    return (
        f'<div class="cp-finding"><div class="cp-split"><span>{escape(one.message)}</span>'
        f"{chip(one.level)}</div><code>{escape(one.pointer or place or DASH)}</code>"
        f'{sides_html(one)}<div class="cp-muted">{escape(below)}</div>'
        f"{''.join(said(one, shown)) if shown else ''}</div>"
    )


def said(one: Finding, shown: Shown) -> Iterator[str]:
    if one.id in shown.review.waived:
        yield f'<div class="cp-muted">{chip("waived", "Waived")}</div>'
    for remark in shown.review.remarks:
        if remark.finding == one.id:
            who = escape(shown.review.named(remark.actor))
            yield f'<div class="cp-said"><b>{who}</b> {escape(remark.text)}</div>'


def sides_html(one: Finding) -> str:
    """Write what was there before beside what is there now."""
    if one.before is None and one.after is None:
        return ""
    sides = (("Before", one.before, "breach"), ("After", one.after, "ok"))
    cells = "".join(
        f'<div class="cp-{shade if value is not None else "none"}"><span>{word}</span>'
        f"<code>{escape(written(value))}</code></div>"
        for word, value, shade in sides
    )
    return f'<div class="cp-sides">{cells}</div>'


def written(value: Any) -> str:
    if value is None:
        return "nothing"
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"


def artifact(subject: str, version: str) -> str:
    """Return the registered text, JSON spread over lines."""
    raw = read_text(f"{version_path(subject, version)}/artifact")
    try:
        return json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except ValueError:
        return raw


def text(shown: Shown, against: str | None) -> None:
    subject = shown.contract.subject
    now = artifact(subject, shown.version.version)
    if against:
        st.html(difference(artifact(subject, against), now, against, shown.version.version))
        st.toggle("The whole document", key="whole_text")
    if not against or st.session_state.get("whole_text"):
        media = shown.version.media_type
        language = "yaml" if "yaml" in media else "json" if "json" in media else "protobuf"
        st.code(now, language=language, height=360, line_numbers=True)


def difference(old: str, new: str, old_name: str, new_name: str) -> str:
    """Write two texts as a unified diff; the minus and plus signs stay."""
    before, after = old.splitlines(), new.splitlines()
    if len(before) + len(after) > MOST_LINES:
        return '<span class="cp-muted">The texts are too long to be laid side by side here.</span>'
    lines = list(difflib.unified_diff(before, after, old_name, new_name, lineterm="", n=2))
    if not lines:
        return '<span class="cp-muted">The two texts are the same.</span>'
    looks = {"+": "cp-ok", "-": "cp-breach", "@": "cp-none"}
    return (
        '<div class="cp-code">'
        + "".join(f'<div class="{looks.get(line[:1], "")}">{escape(line)}</div>' for line in lines)
        + "</div>"
    )
