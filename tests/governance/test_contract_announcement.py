"""Who hears that a contract's version moved on, and what a mail of it says."""

from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace
from reviewed import CONTRACT, NOON, VERSION

from governance.contract.announcement import announce, hearing, labels_of
from governance.outbox.outgoing import Outgoing
from governance.receiver.mail import compose_mail
from governance.routing import read_routing

ROUTING = """
routing: house
version: 1.0.0
receivers:
  - {receiver: desk, email: {to: [desk@example.com]}}
  - {receiver: readers, email: {to: [readers@example.com]}}
route:
  receiver: desk
  routes:
    - {receiver: desk, matchers: [owner = finance], continue: true}
    - {receiver: readers, matchers: [change = deprecated]}
"""


def test_only_a_route_that_asks_for_contracts_hears_of_them():
    tree = read_routing(ROUTING)
    heard = hearing(tree, labels_of(CONTRACT, "deprecated"))
    assert [one.receiver.receiver for one in heard] == ["readers"]
    assert hearing(tree, labels_of(CONTRACT, "published")) == []


def test_a_mail_says_what_ends_when_and_what_to_read_instead():
    sunset = datetime(2026, 6, 1, tzinfo=UTC)
    ending = replace(VERSION, lifecycle="deprecated", sunset_at=sunset, successor="3.0.0")
    message = announce(
        CONTRACT,
        ending,
        "deprecated",
        receiver="readers",
        consumers=["portal"],
        actor="ben",
        comment="moved",
        at=NOON,
    )
    outgoing = Outgoing(
        id="msg_1",
        receiver="readers",
        channel="email",
        group_key="",
        state="sending",
        payload=msgspec.json.encode(message).decode(),
        created_at=NOON,
        due_at=NOON,
    )
    mail = compose_mail("us@example.com", ["readers@example.com"], outgoing, at=NOON)
    assert mail["Subject"] == (
        "ps.rate.agreed 2.0.0 deprecated · finance · until 2026-06-01 · read 3.0.0 instead"
    )
    text = mail.get_body(("plain",)).get_content()
    assert "read by portal" in text
