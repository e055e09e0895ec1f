"""One contract: who owns it, who reads it, its versions, their findings and their exact text."""

import difflib
import json
from collections.abc import Sequence
from html import escape
from urllib.parse import quote

import streamlit as st

from ui.client import ApiError, MissingError, read, read_text, write
from ui.components import heading, notice
from ui.components.state import chip
from ui.display import DASH, day, plural, sentence
from ui.records import ContractVersion, Finding, WholeContract

HEIGHT = 740
FORMATS = {
    "jsonschema": "JSON Schema",
    "openapi": "OpenAPI",
    "avro": "Avro",
    "asyncapi": "AsyncAPI",
    "protobuf": "Protobuf",
}
NEXT = {
    "draft": ("published", "Publish"),
    "in_review": ("approved", "Approve"),
    "approved": ("published", "Publish"),
    "published": ("deprecated", "Deprecate"),
}


def pane(subject: str) -> None:
    with st.container(border=True, key="card_contract", height=HEIGHT):
        try:
            one = read(f"/v1/contracts/{quote(subject, safe='')}", WholeContract)
        except MissingError:
            notice.broken_link(subject)
            return
        summary(one)
        facts(one)
        version = versions(one)
        if version:
            state(one, version)
            findings(version.findings)
            text(one, version)
        consumers(one)


def summary(one: WholeContract) -> None:
    place = " · ".join(
        part for part in (sentence(one.kind), one.domain, f"owned by {one.owner}") if part
    )
    below = one.title if one.title and one.title != one.subject else ""
    st.html(
        f'<div class="cp-split"><div><div class="cp-muted">{escape(place)}</div>'
        f'<div class="cp-title">{escape(one.subject)}</div>'
        f'<div class="cp-muted">{escape(below)}</div></div></div>'
    )


def facts(one: WholeContract) -> None:
    named = (
        ("Format", FORMATS.get(one.format, one.format)),
        ("System", one.system or DASH),
        ("Compatibility", sentence(one.compatibility)),
        ("Classification", sentence(one.classification)),
        ("Criticality", sentence(one.criticality)),
    )
    cells = "".join(
        f'<div><div class="cp-muted">{label}</div><b>{escape(value)}</b></div>'
        for label, value in named
    )
    st.html(f'<div class="cp-legend cp-tiles">{cells}</div>')


def versions(one: WholeContract) -> ContractVersion | None:
    """Draw the choice of a version, which lives in the address; return what was chosen."""
    if not one.versions:
        st.html('<span class="cp-muted">No version has been drafted yet.</span>')
        return None
    by_name = {version.version: version for version in one.versions}
    names = list(by_name)
    asked = st.query_params.get("version")
    chosen = st.segmented_control(
        "Version",
        names,
        default=asked if asked in by_name else names[0],
        required=True,
        key=f"version_{one.subject}",
        label_visibility="collapsed",
    )
    return by_name[chosen or names[0]]


def state(one: WholeContract, version: ContractVersion) -> None:
    told = f"drafted {day(version.created_at)} by {version.created_by or DASH}"
    if version.published_at:
        told += f" · published {day(version.published_at)}"
    if version.sunset_at:
        told += f" · sunset {day(version.sunset_at)}"
    if newer := superseding(one, version):
        told += f" · superseded by {newer}"
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.html(
            f'{chip(version.lifecycle)} <span class="cp-muted" title="sha256 '
            f'{escape(version.digest, quote=True)}">{escape(told)}</span>'
        )
        following = NEXT.get(version.lifecycle)
        if following:
            st.button(
                following[1],
                key="move",
                on_click=move,
                args=(one.subject, version.version, following[0]),
            )


def superseding(one: WholeContract, version: ContractVersion) -> str:
    """Return the highest published version where it stands above *version*; else nothing."""
    published = [other.version for other in one.versions if other.lifecycle == "published"]
    above = published[:1] if version.version in published[1:] else []
    return "".join(above)


def before(one: WholeContract, version: ContractVersion) -> str | None:
    """Return the version that came before *version*; None for the first."""
    names = [other.version for other in one.versions]
    below = names[names.index(version.version) + 1 :]
    return below[0] if below else None


def move(subject: str, version: str, to: str) -> None:
    path = f"/v1/contracts/{quote(subject, safe='')}/versions/{version}"
    try:
        if to == "approved":
            write(f"{path}/approvals", {"comment": ""})
        write(f"{path}/transitions", {"to": to, "comment": ""})
    except ApiError as error:
        notice.refuse(error)
        return
    notice.say(f"{subject} {version} is {sentence(to).lower()}")


def findings(found: Sequence[Finding]) -> None:
    if not found:
        return
    heading.eyebrow(plural(len(found), "finding"))
    st.html("".join(finding_html(one) for one in found))


def finding_html(one: Finding) -> str:
    place = one.pointer or (f"line {one.line}" if one.line else "")
    return (
        '<div class="cp-row" style="grid-template-columns:104px 1fr">'
        f"<span>{chip(one.level)}</span><span><code>{escape(place or one.rule)}</code><br>"
        f'<span class="cp-muted">{escape(one.message)}</span></span></div>'
    )


def artifact(subject: str, version: str) -> str:
    """Return the registered text, JSON spread over lines."""
    raw = read_text(f"/v1/contracts/{quote(subject, safe='')}/versions/{version}/artifact")
    try:
        return json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except ValueError:
        return raw


def text(one: WholeContract, version: ContractVersion) -> None:
    others = [other.version for other in one.versions if other.version != version.version]
    shown = artifact(one.subject, version.version)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        heading.eyebrow("The text as registered")
        previous = before(one, version)
        against = (
            st.selectbox(
                "Compare with",
                [None, *others],
                index=1 + others.index(previous) if previous else 0,
                format_func=lambda name: f"changes since {name}" if name else "whole text",
                key=f"against_{one.subject}_{version.version}",
                label_visibility="collapsed",
                width=190,
            )
            if others
            else None
        )
    if against:
        st.html(difference(artifact(one.subject, against), shown, against, version.version))
    else:
        st.html(f'<div class="cp-code">{escape(shown)}</div>')


def difference(before: str, after: str, old: str, new: str) -> str:
    lines = list(
        difflib.unified_diff(before.splitlines(), after.splitlines(), old, new, lineterm="", n=2)
    )
    if not lines:
        return '<span class="cp-muted">The two texts are the same.</span>'
    looks = {"+": "cp-ok", "-": "cp-breach", "@": "cp-none"}
    return (
        '<div class="cp-code">'
        + "".join(f'<div class="{looks.get(line[:1], "")}">{escape(line)}</div>' for line in lines)
        + "</div>"
    )


def consumers(one: WholeContract) -> None:
    heading.eyebrow(f"{plural(len(one.consumers), 'declared consumer')}")
    if not one.consumers:
        st.html('<span class="cp-muted">No system has said that it reads this contract.</span>')
        return
    st.html(
        '<div class="cp-facts" style="grid-template-columns:1fr auto 2fr">'
        + "".join(
            f"<b>{escape(reader.system)}</b><span>{escape(reader.versions)}</span>"
            f'<span class="cp-muted">{escape(reader.contact)}</span>'
            for reader in one.consumers
        )
        + "</div>"
    )
