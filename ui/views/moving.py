"""Where a version may go next: for review, out, said to end, gone; each asks what it needs."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from html import escape

import streamlit as st

from ui.components import refusal
from ui.components.state import SHAPES, tone
from ui.display import day, plural, sentence
from ui.views import registration, signing
from ui.views.deciding import given
from ui.views.shown import Shown, move, moved

STEPS = ("draft", "in_review", "approved", "published", "deprecated", "retired")
REVIEWED = ("in_review", "approved")
AFTER_REVIEW = STEPS[3:]
STEWARDS = "A steward decides this; your key is of another role."


def steps_html(shown: Shown) -> str:
    """Write the way of a version, and where on it it stands; a way without review is shorter."""
    lifecycle, reviewed = shown.version.lifecycle, shown.review.review is not None
    direct = not reviewed and lifecycle in AFTER_REVIEW
    way = [one for one in STEPS if not direct or one not in REVIEWED]
    at = way.index(lifecycle) if lifecycle in way else -1
    cells = "".join(step(one, number - at) for number, one in enumerate(way))
    return f'<div class="cp-way" role="list" aria-label="Lifecycle">{cells}</div>'


def step(name: str, distance: int) -> str:
    if distance == 0:
        shade = tone(name)
        look, mark = f"cp-{shade}", SHAPES[shade]
    else:
        look, mark = ("cp-past", "✓") if distance < 0 else ("cp-ahead", "○")
    current = ' aria-current="step"' if distance == 0 else ""
    return f'<span role="listitem" class="{look}"{current}>{mark} {escape(sentence(name))}</span>'


def acts(shown: Shown) -> None:
    """Draw a button for each way that the version may go."""
    who = signing.me()
    steward = who is None or who.may("steward")
    asked = None if steward else STEWARDS
    with st.container(horizontal=True, gap="xsmall", key="actions", width="content"):
        if "in_review" in shown.review.next and st.button(
            "Submit for review", type="primary", key="submit", icon=":material/rate_review:"
        ):
            submit(shown)
        onward(shown, steward=steward)
        if "draft" in shown.review.next and st.button("Back to draft", key="send_back"):
            send_back(shown)
        if "deprecated" in shown.review.next and st.button(
            "Deprecate", key="deprecate", disabled=not steward, help=asked
        ):
            deprecate(shown)
        if "retired" in shown.review.next and st.button(
            "Retire", key="retire", type="primary", disabled=not steward, help=asked
        ):
            retire(shown)
        if st.button("New version", key="new_version", icon=":material/add:"):
            registration.start(shown.contract)


def onward(shown: Shown, *, steward: bool) -> None:
    """Draw the two steps that want no more than a click."""
    missing = shown.review.missing
    if "approved" in shown.review.next:
        st.button(
            "Mark approved",
            key="approved",
            type="primary",
            disabled=not steward or bool(missing and missing.lacking),
            help=unsigned(shown) if steward else STEWARDS,
            on_click=move,
            args=(shown, "approved"),
        )
    if "published" in shown.review.next:
        st.button(
            "Publish",
            key="published",
            type="primary" if shown.version.lifecycle == "approved" else "secondary",
            on_click=move,
            args=(shown, "published"),
            disabled=not steward,
            help=None if steward else STEWARDS,
        )


def unsigned(shown: Shown) -> str | None:
    missing = shown.review.missing
    if missing is None or not missing.lacking:
        return None
    return f"{plural(missing.lacking, 'signature')} more of {missing.quorum}."


@st.dialog("Submit for review", width="small", icon=":material/rate_review:")
def submit(shown: Shown) -> None:
    wanted = max(shown.review.demands.stewards, 1)
    st.write(
        f"**{shown.name}** is signed by {plural(wanted, 'steward')} who did not write it. Name who "
        "is asked, or nobody: then any steward may."
    )
    reviewers = st.multiselect(
        "Reviewers, by the names of their keys",
        [],
        accept_new_options=True,
        placeholder="Any steward; or type a name, Enter",
        key="submit_reviewers",
    )
    comment = st.text_area("What they should know", key="submit_comment")
    asked = {"reviewers": reviewers} if reviewers else {}
    if st.button("Ask for the review", type="primary"):
        done(shown, "in_review", comment=comment.strip(), **asked)


@st.dialog("Back to draft", width="small", icon=":material/undo:")
def send_back(shown: Shown) -> None:
    st.write(
        f"Whoever signed **{shown.name}** signs again when it comes back. "
        "A document never changes: mend it in a new version."
    )
    comment = st.text_area("What is to be changed", key="back_comment")
    if st.button("Ask for changes", type="primary") and given(comment, "what is to be changed"):
        done(shown, "draft", comment=comment.strip())


@st.dialog("Deprecate", width="small", icon=":material/event_busy:")
def deprecate(shown: Shown) -> None:
    owed = shown.review.demands.notice_days
    st.write(
        f"Whoever fetches **{shown.name}** or sends its events is told that it ends. "
        + (f"Its readers are owed {plural(owed, 'day')} of notice." if owed else "")
    )
    heirs = [
        one.version
        for one in shown.contract.versions
        if one.lifecycle == "published" and one.version != shown.version.version
    ]
    successor = st.selectbox(
        "What to read instead", heirs, index=0 if heirs else None, placeholder="Nothing yet"
    )
    earliest = datetime.now(UTC).date() + timedelta(days=owed + 1)
    sunset = st.date_input(
        "Sunset: from that day on it may be gone",
        value=earliest if owed else None,
        min_value=earliest,
        key="sunset",
    )
    comment = st.text_area("Why", key="deprecate_comment")
    if st.button("Deprecate and tell", type="primary"):
        ends = {"sunset": f"{sunset.isoformat()}T00:00:00Z"} if isinstance(sunset, date) else {}
        heir = {"successor": successor} if successor else {}
        done(shown, "deprecated", comment=comment.strip(), **ends, **heir)


@st.dialog("Retire", width="small", icon=":material/delete_forever:")
def retire(shown: Shown) -> None:
    for line in standing_in_the_way(shown):
        st.warning(line, icon=":material/warning:")
    st.write(f"Once it is retired nobody is served by **{shown.name}** any more.")
    comment = st.text_area("Why", key="retire_comment")
    if st.button("Retire for good", type="primary"):
        done(shown, "retired", comment=comment.strip())


def standing_in_the_way(shown: Shown) -> Sequence[str]:
    """Return what keeps a version from being retired, a sentence each."""
    lines = []
    left = shown.review.stranded
    if left:
        lines.append(f"Used still by {', '.join(left)}.")
    if shown.version.sunset_at and shown.version.sunset_at > datetime.now(UTC):
        lines.append(
            f"Its readers were promised that it stays until {day(shown.version.sunset_at)}."
        )
    return lines


def done(shown: Shown, to: str, **body: object) -> None:
    """Move the version on and close the dialog; a refusal stays in it."""
    if moved(shown, to, **body):
        st.rerun()
    refusal.tell(shown.name)
    refusal.clear()
