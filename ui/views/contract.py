"""One contract: who answers for it, where its versions stand, and what they change for whom."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import escape

import streamlit as st

from ui.client import MissingError, read
from ui.components import notice, refusal
from ui.display import DASH, day, remaining, sentence
from ui.records import ContractVersion, VersionReview, WholeContract
from ui.views import (
    changes,
    environments,
    impact,
    moving,
    names,
    observed,
    readers,
    registration,
    reviewing,
    waivers,
)
from ui.views.shown import Shown, contract_path, version_path

HEIGHT = 740
SIDE_BY_SIDE = 4
FORMATS = {
    "jsonschema": "JSON Schema",
    "openapi": "OpenAPI",
    "avro": "Avro",
    "asyncapi": "AsyncAPI",
    "protobuf": "Protobuf",
}
TABS: Mapping[str, Callable[[Shown], None]] = {
    "Changes": changes.tab,
    "Review": reviewing.tab,
    "Waivers": waivers.tab,
    "Readers": readers.tab,
    "Impact": impact.tab,
    "Observed": observed.tab,
    "Environments": environments.tab,
}
"""What is told of a version, a tab each; whoever has more to tell adds it here."""


def pane(subject: str) -> None:
    with st.container(border=True, key="card_contract", height=HEIGHT, gap="xsmall"):
        try:
            one = read(contract_path(subject), WholeContract)
        except MissingError:
            notice.broken_link(subject)
            return
        summary(one)
        with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
            chosen = versions(one)
            if chosen is None:
                return
            path = version_path(one.subject, chosen.version)
            review = read(f"{path}/review", VersionReview)
            shown = Shown(contract=one, version=chosen, review=review)
            moving.acts(shown)
        refusal.tell(shown.name)
        state(shown)
        tabs(shown)


def summary(one: WholeContract) -> None:
    owner = names.team(one.owner) or DASH
    place = " · ".join(
        part
        for part in (FORMATS.get(one.format, one.format), one.domain, f"owned by {owner}")
        if part
    )
    below = one.title if one.title and one.title != one.subject else ""
    named = (
        ("System", one.system or DASH),
        ("Compatibility", sentence(one.compatibility)),
        ("Classification", sentence(one.classification)),
        ("Criticality", sentence(one.criticality)),
    )
    cells = "".join(f"<span>{label} <b>{escape(value)}</b></span>" for label, value in named)
    st.html(
        f'<div class="cp-muted">{escape(place)}</div><div class="cp-title">{escape(one.subject)}'
        f'</div><div class="cp-muted">{escape(below)}</div>'
        f'<div class="cp-legend cp-tiles">{cells}</div>'
    )


def versions(one: WholeContract) -> ContractVersion | None:
    """Draw the choice of a version, which lives in the address; return what was chosen."""
    if not one.versions:
        st.html('<span class="cp-muted">No version has been drafted yet.</span>')
        if st.button("Draft the first version", key="new_version", type="primary"):
            registration.start(one)
        return None
    by_name = {version.version: version for version in one.versions}
    ids = list(by_name)
    asked = st.query_params.get("version")
    first = asked if asked in by_name else ids[0]
    key = f"version_{one.subject}_{first}"

    def words(name: str) -> str:
        return f"{name} · {sentence(by_name[name].lifecycle).lower()}"

    if len(ids) <= SIDE_BY_SIDE:
        picked = st.segmented_control(
            "Version",
            ids,
            default=first,
            required=True,
            format_func=words,
            key=key,
            label_visibility="collapsed",
            on_change=keep,
            args=(key,),
        )
    else:
        picked = st.selectbox(
            "Version",
            ids,
            index=ids.index(first),
            format_func=words,
            key=key,
            label_visibility="collapsed",
            on_change=keep,
            args=(key,),
            width=260,
        )
    return by_name[picked or first]


def keep(key: str) -> None:
    """Write the version that was chosen into the address."""
    chosen = st.session_state.get(key)
    if chosen:
        st.query_params["version"] = chosen
    refusal.clear()


def state(shown: Shown) -> None:
    """Draw where the version stands, and since when."""
    version, named = shown.version, shown.review.named
    told = f"drafted {day(version.created_at)} by {named(version.created_by) or DASH}"
    if version.published_at:
        told += f" · published {day(version.published_at)}"
    if version.deprecated_at:
        told += f" · deprecated {day(version.deprecated_at)}"
    if version.successor:
        told += f" · read {version.successor} instead"
    if newer := superseding(shown):
        told += f" · superseded by {newer}"
    st.html(
        moving.steps_html(shown)
        + f'<div class="cp-muted" title="sha256 {escape(version.digest, quote=True)}">'
        f"{escape(told)}</div>" + ending(shown)
    )


def ending(shown: Shown) -> str:
    """Write until when a deprecated version stays, and who keeps it from going."""
    version, left = shown.version, shown.review.stranded
    if version.lifecycle != "deprecated":
        return ""
    until = "No sunset was named"
    if version.sunset_at:
        until = (
            f"Sunset {day(version.sunset_at)}, {remaining(version.sunset_at, datetime.now(UTC))}"
        )
    shade = "risk" if left else "ok"
    who = f"used still by {', '.join(left)}" if left else "nobody uses it any more"
    return f'<div class="cp-verdict cp-{shade}"><b>{escape(until)}; {escape(who)}.</b></div>'


def superseding(shown: Shown) -> str:
    """Return the highest published version where it stands above the one shown; else nothing."""
    published = [one.version for one in shown.contract.versions if one.lifecycle == "published"]
    above = published[:1] if shown.version.version in published[1:] else []
    return "".join(above)


def tabs(shown: Shown) -> None:
    drawn = st.tabs(list(TABS), key="tab", bind="query-params", on_change="rerun")
    for one, draw in zip(drawn, TABS.values(), strict=True):
        if one.open:
            with one:
                draw(shown)
