"""The review of a version: who signs it, what stops it and what would free it, what is said."""

from collections.abc import Iterator
from html import escape

import streamlit as st

from ui.components import heading
from ui.components.state import chip
from ui.components.timeline import Step, timeline_html
from ui.display import day, moment, plural
from ui.records import Finding
from ui.views.deciding import given
from ui.views.shown import Shown, attempt, moved

SHOWN = 20
WHOLE = "the version whole"
PENDING = frozenset({"draft", "in_review", "approved"})


def tab(shown: Shown) -> None:
    signatures(shown)
    if shown.review.yours:
        sign(shown)
    if shown.version.lifecycle in PENDING:
        blocks(shown)
    remarks(shown)


def signatures(shown: Shown) -> None:
    one = shown.review
    if one.review is None or one.missing is None:
        st.html(f'<span class="cp-muted">{unasked(shown)}</span>')
        return
    quorum, lacking = one.missing.quorum, one.missing.lacking
    share = 100 if not lacking else 100 * (quorum - lacking) / max(quorum, 1)
    shade, asked = "risk" if lacking else "ok", one.review.comment
    whom = "" if one.review.reviewers else " · any steward who did not write it may sign"
    st.html(
        f'<div class="cp-split"><b>{quorum - lacking} of {plural(quorum, "signature")}</b>'
        f'<span class="cp-muted">asked {day(one.review.requested_at)} by '
        f"{escape(one.named(one.review.requested_by))}{whom}</span></div>"
        f'<div class="cp-bar" style="margin:4px 0 6px"><i style="width:{share:.0f}%;'
        f'background:var(--cp-{shade})"></i></div>'
        f'<div class="cp-legend">{"".join(people(shown))}</div>'
        + (f'<div class="cp-body">“{escape(asked)}”</div>' if asked else "")
    )


def unasked(shown: Shown) -> str:
    stewards = shown.review.demands.stewards
    if shown.version.lifecycle not in PENDING:
        return "It went out without a review."
    asks = f"{plural(stewards, 'steward')} must sign it" if stewards else "no signature is demanded"
    return f"Nobody was asked to review it; {asks}."


def people(shown: Shown) -> Iterator[str]:
    """Write who has signed, and who was asked and has not."""
    one = shown.review
    for each in one.approvals:
        word = f"{one.named(each.steward)} signed"
        note = escape(each.comment or "without a word", quote=True)
        yield f'<span title="{note}">{chip("met", word)}</span>'
    for actor in one.missing.of if one.missing else ():
        yield chip("asked", f"{one.named(actor)} asked")


def sign(shown: Shown) -> None:
    """Draw what a steward who is asked may do: sign, or ask for changes."""
    with st.container(border=True, key="card_sign"):
        comment = st.text_input(
            "Your word",
            placeholder="A word with it; needed when you ask for changes",
            key=f"sign_{shown.name}",
            label_visibility="collapsed",
        )
        with st.container(horizontal=True, gap="xsmall"):
            st.button(
                "Approve",
                type="primary",
                key="sign",
                icon=":material/verified:",
                on_click=signed,
                args=(shown,),
            )
            if st.button("Ask for changes", key="changes", icon=":material/undo:") and given(
                comment, "what is to be changed"
            ):
                moved(shown, "draft", comment=comment.strip())
                st.rerun(scope="fragment")


def signed(shown: Shown) -> None:
    comment = str(st.session_state.get(f"sign_{shown.name}", "")).strip()
    attempt(shown, "approvals", {"comment": comment}, "signed")


def blocks(shown: Shown) -> None:
    one = shown.review
    lines = list(signing_lines(shown))
    lines += [blocking_html(each) for each in one.blocking[:SHOWN]]
    more = len(one.blocking) - SHOWN
    lines += (
        [f'<span class="cp-muted">and {plural(more, "finding")} more</span>'] if more > 0 else []
    )
    heading.eyebrow("Before it is published")
    if not lines:
        st.html(f"{chip('clear', 'Nothing stops it')}")
        return
    st.html("".join(f'<div class="cp-block">{line}</div>' for line in lines))


def signing_lines(shown: Shown) -> Iterator[str]:
    missing, stewards = shown.review.missing, shown.review.demands.stewards
    if missing is None and stewards:
        yield (
            f"{chip('at_risk', 'Review')}<span>{plural(stewards, 'steward')} must sign it."
            '<br><span class="cp-muted">Submit it for review.</span></span>'
        )
    if missing is not None and missing.lacking:
        whom = ", ".join(shown.review.named(each) for each in missing.of)
        asked = f" of {escape(whom)}" if whom else " of any steward who did not write it"
        yield (
            f"{chip('at_risk', 'Signatures')}<span>{plural(missing.lacking, 'signature')} more"
            f"{asked}.</span>"
        )
    elif missing is not None and shown.version.lifecycle == "in_review":
        yield f"{chip('at_risk', 'Approval')}<span>Enough have signed: mark it approved.</span>"


def blocking_html(one: Finding) -> str:
    return (
        f"{chip(one.level)}<span>{escape(one.message)} <code>{escape(one.pointer)}</code><br>"
        f'<span class="cp-muted">{escape(freeing(one))}</span></span>'
    )


def freeing(one: Finding) -> str:
    """Write what would free a version of a finding."""
    if one.rule == "version-needs-major":
        return f"Draft the same document as {one.after}."
    if one.level == "error" and not one.of_style:
        return "Mend it in a new version: a document with errors is never published."
    if one.level == "not_evaluated":
        return "Write it so that it can be judged, or ask for a waiver."
    return "Take it back in a new version, or ask for a waiver."


def remarks(shown: Shown) -> None:
    said = shown.review.remarks
    heading.eyebrow(plural(len(said), "comment"))
    known = {one.id: one for one in findings(shown)}
    if said:
        st.html(
            timeline_html(
                Step(
                    title=shown.review.named(one.actor),
                    note=one.text,
                    below=" · ".join(
                        part for part in (moment(one.at), place(known.get(one.finding))) if part
                    ),
                    state="on_track",
                )
                for one in reversed(said)
            )
        )
    with st.form(f"remark_{shown.name}", clear_on_submit=True, border=False):
        about = st.selectbox(
            "Of what",
            ["", *known],
            format_func=lambda id_: f"Of {place(known.get(id_)) or WHOLE}",
            label_visibility="collapsed",
        )
        text = st.text_input(
            "Comment", placeholder="Say something of it", label_visibility="collapsed"
        )
        if st.form_submit_button("Comment", icon=":material/add_comment:") and given(
            text, "what you say"
        ):
            attempt(shown, "comments", {"text": text.strip(), "finding": about}, "comment kept")
            st.rerun(scope="fragment")


def findings(shown: Shown) -> list[Finding]:
    """Return what may be spoken of: what stops the version first, each once."""
    every = {one.id: one for one in (*shown.review.blocking, *shown.version.findings)}
    return list(every.values())


def place(one: Finding | None) -> str:
    return "" if one is None else f"{one.rule} {one.path or one.pointer}".strip()
