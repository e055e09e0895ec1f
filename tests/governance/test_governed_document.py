from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from governance.document import GovernedDocument, Put, put_document, stores
from rules.refusal import Refusal

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def put(
    existing: GovernedDocument | None = None, *, activate: bool = True, **changes: str
) -> Put | Refusal:
    asked = {"kind": "sla", "name": "time-to-invoice", "version": "1.0.0", "body": "sla: x\n"}
    return put_document(existing, **asked | changes, actor="ada", at=NOON, activate=activate)


def test_a_new_version_is_stored_and_put_in_force():
    one = put()
    assert (one.created, one.activated, one.document.active) == (True, True, True)


def test_the_same_text_again_changes_nothing():
    again = put(put().document)
    assert (again.created, again.activated) == (False, False)


def test_the_same_version_with_another_text_is_refused():
    refusal = put(put().document, body="sla: y\n")
    assert (refusal.status, refusal.type) == (409, "version-exists")


def test_a_version_that_stands_can_be_put_in_force_later():
    later = put(put(activate=False).document)
    assert (later.created, later.activated, later.document.active) == (False, True, True)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"kind": "poem"}, "/kind"),
        ({"name": "Time To Invoice"}, "/name"),
        ({"version": "1"}, "/version"),
    ],
)
def test_a_document_is_named_properly(changes: dict[str, str], pointer: str):
    assert put(**changes).errors[0].pointer == pointer


def test_one_version_of_a_name_is_in_force(connection: Connection):
    for version in ("1.0.0", "1.10.0", "1.9.0"):
        stores.save(connection, put(version=version))
    stores.save(connection, put(name="other"))
    stores.save(connection, put(kind="calendar"))
    assert stores.get_active(connection, "sla", "time-to-invoice").version == "1.9.0"
    assert [d.version for d in stores.list_versions(connection, "sla", "time-to-invoice")] == [
        "1.10.0",
        "1.9.0",
        "1.0.0",
    ]
    assert [d.name for d in stores.list_active(connection, "sla")] == ["other", "time-to-invoice"]
    stores.move(connection, put().document)
    assert stores.get_active(connection, "sla", "time-to-invoice").version == "1.0.0"
    assert stores.get_active(connection, "sla", "nothing") is None


def test_what_is_stored_is_what_was_put(connection: Connection):
    one = put(activate=False)
    stores.save(connection, one)
    key = ("sla", "time-to-invoice", "1.0.0")
    assert stores.get_document(connection, *key) == one.document
    stores.save(connection, put(one.document))
    assert stores.get_document(connection, *key) == replace(
        one.document, state="active", in_force_at=NOON
    )
    assert stores.get_document(connection, "sla", "time-to-invoice", "2.0.0") is None
