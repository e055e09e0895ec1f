"""Two people edit one document at once: the second is told, and overwrites nothing."""

import pytest
from projecting import ByReference, answer, ask, drain, register
from small_billing import SLA, install_in_log

from controlplane.database import Databases, reading
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from governance.document import stores as documents


@pytest.fixture
def firm(databases: Databases) -> Databases:
    install_in_log(databases)
    drain(databases, Processing(ByReference()))
    return databases


def edit(firm: Databases, version: str, *, read: str) -> str:
    text = SLA.replace("version: 1.0.0", f"version: {version}")
    named = {"kind": "sla", "name": "time-to-invoice", "version": version, "body": text}
    return ask(firm, "document:put", {**named, "activate": True, "if_match": [read]})


def tag(firm: Databases) -> str:
    with reading(firm.state) as state:
        found = documents.get_active(state, "sla", "time-to-invoice")
    assert found is not None
    return f'"{found.version}-{found.digest[:12]}"'


def test_both_read_the_same_and_the_first_wins(firm: Databases):
    read = tag(firm)
    first, second = edit(firm, "1.1.0", read=read), edit(firm, "1.2.0", read=read)
    drain(firm, Processing(ByReference()))
    told = answer(firm, second)
    assert (answer(firm, first).status, told.status) == (201, 412)
    assert told.body["type"] == "/problems/precondition-failed"
    assert "1.1.0" in told.body["detail"]
    assert tag(firm).startswith('"1.1.0-')
    with reading(firm.state) as state:
        assert documents.get_document(state, "sla", "time-to-invoice", "1.2.0") is None
    assert all(one.equal for one in verify(firm, ByReference()).tables)


def test_two_who_would_create_the_same_team_are_told_apart(firm: Databases):
    body = {"team": "legal", "name": "Legal", "if_none_match": True}
    first = ask(firm, "team:put", body)
    second = ask(firm, "team:put", {**body, "name": "Law"})
    drain(firm, Processing(ByReference()))
    assert [answer(firm, one).status for one in (first, second)] == [201, 412]


def test_who_names_nothing_overwrites_as_before(firm: Databases):
    register(firm, "sla", SLA.replace("version: 1.0.0", "version: 1.3.0"))
    drain(firm, Processing(ByReference()))
    assert tag(firm).startswith('"1.3.0-')
