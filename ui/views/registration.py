"""Registering a contract in three steps: what it is, its document, and publishing it."""

from html import escape
from urllib.parse import quote

import msgspec
import streamlit as st

from ui.client import ApiError, RefusedError, read, read_steady, write, write_artifact
from ui.components import notice
from ui.components.state import chip
from ui.records import ContractVersion, Teams, WholeContract
from ui.views.contract import findings

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


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What the reader has filled in so far."""

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


def start() -> None:
    st.session_state.pop("drafted", None)
    wizard()


@st.dialog("Register a contract", width="large", icon=":material/add:")
def wizard() -> None:
    drafted = st.session_state.get("drafted")
    if drafted is None:
        describe()
    else:
        publish(*drafted)


def describe() -> None:
    st.caption("1 What it is and who answers for it · 2 its document · 3 publish")
    teams = [one.team for one in read_steady("/v1/teams", Teams).items]
    left, right = st.columns(2)
    with left:
        subject = st.text_input("Subject", placeholder="ps.timesheet.approved", key="new_subject")
        kind, form = KINDS[st.selectbox("Format", list(KINDS))]
        owner = st.selectbox("Owner", teams, index=None, placeholder="The team that answers for it")
        title = st.text_input("Title", placeholder="Approved time", key="new_title")
    with right:
        system = st.text_input("System", placeholder="psa", key="new_system")
        domain = st.text_input("Domain", placeholder="delivery", key="new_domain")
        compatibility = st.selectbox("Compatibility", COMPATIBILITIES)
        inner = st.columns(2)
        classification = inner[0].selectbox("Classification", CLASSIFICATIONS)
        criticality = inner[1].selectbox("Criticality", CRITICALITIES)
    document = st.text_area(
        "Document",
        height=190,
        placeholder="Paste the JSON, YAML or Protobuf text here",
        key="new_document",
    )
    version = st.text_input("Version", placeholder="1.0.0", key="new_version")
    if st.button("Check and draft", type="primary", key="draft"):
        needed = {"a subject": subject, "an owner": owner, "a document": document}
        missing = [name for name, given in needed.items() if not (given or "").strip()]
        if missing:
            st.warning(f"Still missing: {', '.join(missing)}.", icon=":material/edit:")
            return
        draft = Draft(
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
        submit(draft, document, version.strip())


def submit(draft: Draft, document: str, version: str) -> None:
    """Register the subject and its first version; a repeat meets what already stands."""
    path = f"/v1/contracts/{quote(draft.subject, safe='')}"
    written = _media_type(draft.format, document)
    try:
        write("/v1/contracts", msgspec.to_builtins(draft))
        write_artifact(f"{path}/versions", document.encode(), written, version=version)
        versions = read(path, WholeContract).versions
    except ApiError as error:
        refused(error)
        return
    st.session_state["drafted"] = (draft.subject, version or versions[0].version)
    st.query_params["subject"] = draft.subject
    st.rerun(scope="fragment")


def _media_type(format_: str, document: str) -> str:
    if document.lstrip().startswith("{"):
        return "application/json"
    return "text/x-protobuf" if format_ == "protobuf" else "application/yaml"


def refused(error: ApiError) -> None:
    st.error(str(error), icon=":material/error:")
    if isinstance(error, RefusedError):
        for one in error.problem.errors:
            st.caption(f"`{one.get('pointer', '')}` {one.get('detail', '')}")


def publish(subject: str, name: str) -> None:
    path = f"/v1/contracts/{quote(subject, safe='')}"
    version = next(
        (one for one in read(path, WholeContract).versions if one.version == name),
        ContractVersion(),
    )
    st.html(f"<b>{escape(subject)} {escape(name)}</b> {chip(version.lifecycle)}")
    findings(version.findings)
    if not version.findings:
        st.success("The document is valid; nothing was found in it.", icon=":material/check:")
    with st.container(horizontal=True):
        if st.button("Publish", type="primary", key="publish"):
            try:
                write(f"{path}/versions/{name}/transitions", {"to": "published", "comment": ""})
            except ApiError as error:
                refused(error)
                return
            notice.say(f"{subject} {name} is published")
            st.rerun()
        if st.button("Leave it a draft", key="leave"):
            st.rerun()
