"""
Registering a contract, or a version of one: described, checked before anything is kept, drafted.

What the reader fills in is asked for on one page; the next shows what is found in it and keeps
nothing; the third drafts it and asks for the review.
"""

from collections.abc import Sequence
from html import escape

import msgspec
import streamlit as st

from ui.client import ApiError, ask_artifact, read_steady, write, write_artifact
from ui.components import heading, notice, refusal
from ui.components.state import chip
from ui.display import plural
from ui.records import Checked, Finding, Teams, WholeContract
from ui.views import changes, names
from ui.views.shown import contract_path, version_path

STEPS = ("Describe", "Check", "Submit")
KINDS = {
    "Event · JSON Schema": ("event", "jsonschema"),
    "Event · Avro": ("event", "avro"),
    "Event · Protobuf": ("event", "protobuf"),
    "API · OpenAPI 3": ("api", "openapi"),
    "API · Protobuf": ("api", "protobuf"),
    "Messages · AsyncAPI": ("api", "asyncapi"),
}
COMPATIBILITIES = (
    "backward",
    "backward_transitive",
    "forward",
    "forward_transitive",
    "full",
    "full_transitive",
    "none",
)
CLASSIFICATIONS = ("internal", "public", "confidential", "restricted", "personal")
CRITICALITIES = ("medium", "low", "high", "critical")
SUFFIXES = ("json", "yaml", "yml", "avsc", "proto")
PREFILLED = 200_000
LARGEST_MB = 10
SHOWN = 50
NEEDS_MAJOR = "version-needs-major"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What the reader says of a new contract."""

    subject: str
    kind: str
    format: str
    owner: str
    system: str
    domain: str
    title: str
    compatibility: str
    classification: str
    criticality: str


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A document before it is kept; `about` is None where its contract is registered."""

    subject: str
    format: str
    domain: str
    document: str
    version: str
    about: Draft | None = None
    found: Checked = Checked()

    @property
    def media_type(self) -> str:
        if self.document.lstrip().startswith(("{", "[")):
            return "application/json"
        return "text/x-protobuf" if self.format == "protobuf" else "application/yaml"


def start(contract: WholeContract | None = None) -> None:
    for name in ("offered", "drafted", "new_document"):
        st.session_state.pop(name, None)
    wizard(contract)


@st.dialog("Register", width="large", icon=":material/add:")
def wizard(contract: WholeContract | None) -> None:
    offered, drafted = st.session_state.get("offered"), st.session_state.get("drafted")
    if drafted is not None:
        progress(2)
        submit(*drafted)
    elif offered is not None:
        progress(1)
        checked(offered)
    else:
        progress(0)
        describe(contract)


def progress(at: int) -> None:
    looks = ["cp-past" if each < at else "cp-ok" if each == at else "cp-ahead" for each in range(3)]
    cells = "".join(
        f'<span class="{look}">{number + 1} {name}</span>'
        for number, (name, look) in enumerate(zip(STEPS, looks, strict=True))
    )
    st.html(f'<div class="cp-way">{cells}</div>')


def describe(contract: WholeContract | None) -> None:
    about = None if contract else described()
    if contract:
        st.html(f"A new version of <b>{escape(contract.subject)}</b>")
    document = given_document(contract)
    version = st.text_input(
        "Version", placeholder="2.0.0; empty: the next minor one", key="new_version_name"
    )
    if not st.button("Check", type="primary", key="check", icon=":material/fact_check:"):
        return
    needed = {"a document": document}
    if about:
        needed = {"a subject": about.subject, "an owner": about.owner, **needed}
    missing = [name for name, given in needed.items() if not given.strip()]
    if missing:
        st.warning(f"Still missing: {', '.join(missing)}.", icon=":material/edit:")
        return
    of = about or contract
    if of is not None:
        offer(
            Offered(
                subject=of.subject,
                format=of.format,
                domain=of.domain,
                document=document,
                version=version.strip(),
                about=about,
            )
        )


def described() -> Draft:
    """Draw what is asked of a new contract; return what was given."""
    teams = [one.team for one in read_steady("/v1/teams", Teams).items]
    left, right = st.columns(2)
    with left:
        subject = st.text_input("Subject", placeholder="ps.timesheet.approved", key="new_subject")
        kind, form = KINDS[st.selectbox("Format", list(KINDS), key="new_kind")]
        owner = st.selectbox(
            "Owner",
            teams,
            index=None,
            format_func=names.team,
            placeholder="The team that answers for it",
            key="new_owner",
        )
        title = st.text_input("Title", placeholder="Approved time", key="new_title")
    with right:
        system = st.text_input("System", placeholder="psa", key="new_system")
        domain = st.text_input("Domain", placeholder="delivery", key="new_domain")
        compatibility = st.selectbox("Compatibility", COMPATIBILITIES, key="new_mode")
        inner = st.columns(2)
        classification = inner[0].selectbox(
            "Classification", CLASSIFICATIONS, key="new_classification"
        )
        criticality = inner[1].selectbox("Criticality", CRITICALITIES, key="new_criticality")
    return Draft(
        subject=subject.strip(),
        kind=kind,
        format=form,
        owner=owner or "",
        system=system,
        domain=domain or "unassigned",
        title=title,
        compatibility=compatibility,
        classification=classification,
        criticality=criticality,
    )


def given_document(contract: WholeContract | None) -> str:
    """Draw the place to upload or paste a document; return its text."""
    uploaded = st.file_uploader(
        "Upload a file", type=list(SUFFIXES), key="new_file", max_upload_size=LARGEST_MB
    )
    if "new_document" not in st.session_state:
        st.session_state["new_document"] = standing(contract)
    pasted = st.text_area(
        "Document",
        height=190,
        placeholder="… or paste the JSON, YAML or Protobuf text here",
        key="new_document",
    )
    return uploaded.getvalue().decode(errors="replace") if uploaded else pasted or ""


def standing(contract: WholeContract | None) -> str:
    """Return the text of the highest version, to be changed; nothing where it is long."""
    if contract is None or not contract.versions:
        return ""
    text = changes.artifact(contract.subject, contract.versions[0].version)
    return text if len(text) <= PREFILLED else ""


def offer(one: Offered) -> None:
    """Ask what is found in *one*, and turn to the page that shows it."""
    sent = one.document.encode()
    try:
        if one.about is None:
            found = ask_artifact(
                f"{contract_path(one.subject)}/check",
                sent,
                one.media_type,
                Checked,
                version=one.version,
            )
        else:
            asked = {"format": one.format, "subject": one.subject, "domain": one.domain}
            found = ask_artifact("/v1/check", sent, one.media_type, Checked, **asked)
    except ApiError as error:
        refusal.show(error)
        return
    st.session_state["offered"] = msgspec.structs.replace(one, found=found)
    st.rerun(scope="fragment")


def checked(one: Offered) -> None:
    found = one.found.findings
    named = f"{one.subject} {one.version}".strip()
    st.html(f"<b>{escape(named)}</b> · {escape(plural(len(found), 'finding'))}")
    if found:
        listed(found)
    else:
        st.success("The document is valid; nothing was found in it.", icon=":material/check:")
    advice = next((each for each in found if each.rule == NEEDS_MAJOR), None)
    with st.container(horizontal=True, gap="xsmall"):
        if advice is not None and st.button(
            f"Call it {advice.after}", key="call_it", icon=":material/auto_fix_high:"
        ):
            offer(msgspec.structs.replace(one, version=str(advice.after)))
        sound = all(each.level != "error" for each in found)
        wanted = st.button("Draft it", type="primary" if sound else "secondary", key="draft")
        if st.button("Back", key="describe_again"):
            again(one)
            st.rerun(scope="fragment")
    if wanted:
        draft(one)


def again(one: Offered) -> None:
    """Turn back to the first page, with what was given there."""
    st.session_state.pop("offered")
    st.session_state["new_document"] = one.document
    st.session_state["new_version_name"] = one.version
    if one.about is not None:
        kinds = {kind: name for name, kind in KINDS.items()}
        st.session_state.update(
            new_subject=one.about.subject,
            new_kind=kinds[one.about.kind, one.about.format],
            new_owner=one.about.owner,
            new_title=one.about.title,
            new_system=one.about.system,
            new_domain=one.about.domain,
            new_mode=one.about.compatibility,
            new_classification=one.about.classification,
            new_criticality=one.about.criticality,
        )


def listed(found: Sequence[Finding]) -> None:
    """Draw what was found, the worst first, each kind under its word."""
    for name, levels in changes.GROUPS.items():
        those = [one for one in found if one.level in levels]
        if those:
            heading.eyebrow(f"{name} · {len(those):,}" if name != "Compatible" else "To know")
            st.html("".join(changes.finding_html(one) for one in those[:SHOWN]))


def draft(one: Offered) -> None:
    """Register the subject where it is new, and its version; a repeat meets what stands."""
    path = contract_path(one.subject)
    try:
        if one.about is not None:
            write("/v1/contracts", msgspec.to_builtins(one.about))
        kept = write_artifact(
            f"{path}/versions", one.document.encode(), one.media_type, version=one.version
        )
    except ApiError as error:
        refusal.show(error)
        return
    st.session_state["drafted"] = (one.subject, kept.version)
    st.query_params["subject"], st.query_params["version"] = one.subject, kept.version
    st.rerun(scope="fragment")


def submit(subject: str, version: str) -> None:
    st.html(f"<b>{escape(subject)} {escape(version)}</b> {chip('draft')}")
    st.write("It is kept as a draft. Ask for its review; where none is demanded, publish it.")
    reviewers = st.multiselect(
        "Reviewers, by the names of their keys",
        [],
        accept_new_options=True,
        placeholder="Any steward; or type a name, Enter",
        key="wizard_reviewers",
    )
    asked = {"reviewers": reviewers} if reviewers else {}
    with st.container(horizontal=True, gap="xsmall"):
        review = st.button("Submit for review", type="primary", key="wizard_submit")
        publish = st.button("Publish", key="publish")
        if st.button("Leave it a draft", key="leave"):
            st.rerun()
    if review:
        move(subject, version, "in_review", asked)
    if publish:
        move(subject, version, "published", {})


def move(subject: str, version: str, to: str, more: dict[str, list[str]]) -> None:
    body = {"to": to, "comment": "", **more}
    try:
        write(f"{version_path(subject, version)}/transitions", body)
    except ApiError as error:
        refusal.show(error)
        return
    notice.say(f"{subject} {version} is {to.replace('_', ' ')}")
    st.rerun()
