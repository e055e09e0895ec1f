from datetime import timedelta

import pytest

from governance.matcher import MatcherError, parse_matcher
from governance.routing import RoutingTree, read_routing
from governance.team import Email, Receiver, Team, Webhook
from rules.document import DocumentError

DOCUMENT = """
routing: default
version: 1.0.0
receivers:
  - {receiver: everyone, email: {to: [ops@example.test]}}
  - {receiver: finance, email: {to: [finance@example.test]}}
  - {receiver: controllers, email: {to: [controllers@example.test]}}
  - {receiver: delivery, webhook: {url: "http://127.0.0.1:9009/hook", secret: env:HOOK}}
  - {receiver: auditors, email: {to: [audit@example.test]}}
route:
  receiver: everyone
  group_by: [owner, process]
  routes:
    - {matchers: ["severity = critical"], receiver: auditors, continue: true, group_by: ["..."]}
    - matchers: ["owner = finance"]
      receiver: finance
      group_wait_seconds: 60
      routes:
        - {matchers: ['type =~ "RATE_.*|PO_.*"', "currency != USD"], receiver: controllers}
    - {matchers: ["owner = delivery"], receiver: delivery}
    - {matchers: ["owner = finance"], receiver: delivery}
"""


@pytest.fixture(scope="module")
def tree() -> RoutingTree:
    return read_routing(DOCUMENT)


def heard(tree: RoutingTree, **labels: str) -> list[str]:
    return [destination.receiver.receiver for destination in tree.route(labels)]


def test_nobody_else_means_the_root(tree: RoutingTree):
    assert heard(tree, owner="hr") == ["everyone"]
    assert heard(tree) == ["everyone"]


def test_the_first_child_that_matches_hears_alone(tree: RoutingTree):
    assert heard(tree, owner="finance") == ["finance"]
    assert heard(tree, owner="delivery") == ["delivery"]


def test_the_deepest_match_hears_and_not_its_parent(tree: RoutingTree):
    assert heard(tree, owner="finance", type="RATE_MISSING") == ["controllers"]


def test_all_matchers_of_a_route_must_hold(tree: RoutingTree):
    assert heard(tree, owner="finance", type="RATE_MISSING", currency="USD") == ["finance"]


def test_continue_lets_the_next_sibling_hear_too(tree: RoutingTree):
    assert heard(tree, severity="critical", owner="delivery") == ["auditors", "delivery"]
    assert heard(tree, severity="critical", owner="hr") == ["auditors"]


def test_expressions_match_the_whole_value(tree: RoutingTree):
    assert heard(tree, owner="finance", type="XRATE_MISSING") == ["finance"]


def test_what_is_not_said_is_inherited(tree: RoutingTree):
    [controllers] = tree.route({"owner": "finance", "type": "RATE_MISSING"})
    assert controllers.group_by == ("owner", "process")
    assert controllers.group_wait == timedelta(seconds=60)
    assert controllers.route == "/route/routes/1/routes/0"
    assert controllers.because == (
        'owner = "finance"',
        'type =~ "RATE_.*|PO_.*"',
        'currency != "USD"',
    )
    [delivery] = tree.route({"owner": "delivery"})
    assert delivery.group_wait == timedelta(seconds=30)


def test_the_tree_explains_who_hears_and_who_does_not(tree: RoutingTree):
    steps = tree.explain({"owner": "finance"})
    assert [(step.receiver, step.matched) for step in steps] == [
        ("everyone", True),
        ("auditors", False),
        ("finance", True),
        ("controllers", False),
    ]
    assert steps[1].because == 'severity = "critical" does not hold: it is ""'


@pytest.mark.parametrize(
    ("text", "labels", "holds"),
    [
        ("a = b", {"a": "b"}, True),
        ("a=b", {"a": "c"}, False),
        ('a = "b c"', {"a": "b c"}, True),
        (r'a = "b\"c\\d\n"', {"a": 'b"c\\d\n'}, True),
        ("a = ", {}, True),
        ("a != b", {}, True),
        ("a != b", {"a": "b"}, False),
        ("a =~ b.*", {"a": "bcd"}, True),
        ("a =~ b", {"a": "bcd"}, False),
        ("a =~ b|cd", {"a": "b"}, True),
        ("a =~ .*", {}, True),
        ("a !~ b.*", {"a": "bcd"}, False),
        ("a !~ b.*", {}, True),
    ],
)
def test_a_matcher_compares_as_alertmanagers_does(text: str, labels: dict[str, str], holds: bool):  # noqa: FBT001
    assert parse_matcher(text).matches(labels) == holds


@pytest.mark.parametrize(
    "text", ["", "a", "a b", "1a = b", 'a = "b', 'a = b"', 'a = "b"c"', "a =~ (", "a =~ (?=b)"]
)
def test_what_is_no_matcher_is_refused(text: str):
    with pytest.raises(MatcherError):
        parse_matcher(text)


def test_a_hostile_expression_stalls_nothing():
    assert not parse_matcher("a =~ (a+)+").matches({"a": "a" * 100_000 + "b"})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("receiver: delivery}", "receiver: nobody}", "no receiver 'nobody'"),
        ("  receiver: everyone\n", "", "last resort"),
        ("  group_by: [owner, process]", '  matchers: ["a = b"]', "root matches everything"),
        ('"severity = critical"', '"severity critical"', "/route/routes/0/matchers/0"),
        ("group_wait_seconds: 60", "group_wait_seconds: -1", "between nothing and a day"),
        ("{receiver: auditors, email", "{receiver: finance, email", "two receivers"),
        ("secret: env:HOOK", "secret: whsec_secret", "a reference"),
        ("receivers:", "colour: blue\nreceivers:", "colour"),
    ],
)
def test_a_tree_that_would_lose_messages_is_refused(old: str, new: str, words: str):
    assert old in DOCUMENT
    with pytest.raises(DocumentError, match=words):
        read_routing(DOCUMENT.replace(old, new))


OWNED = """
routing: default
version: 1.0.0
receivers: [{receiver: last, email: {to: [last@example.test]}}]
route:
  receiver: last
  routes: [{matchers: ["severity = high"], receiver: owner}]
"""
FINANCE = Team(
    team="finance",
    name="Finance",
    receivers=[
        Receiver(receiver="mail", email=Email(to=["finance@example.test"])),
        Receiver(receiver="hook", webhook=Webhook(url="https://hook.test")),
    ],
)


def test_a_route_leads_to_the_receivers_of_the_owning_team():
    tree = read_routing(OWNED).owned_by([FINANCE])
    heard = tree.route({"owner": "finance", "severity": "high"})
    assert [one.receiver.receiver for one in heard] == ["finance/mail", "finance/hook"]
    assert heard[0].because == ('severity = "high"', '"finance" owns it')
    assert tree.receivers["finance/mail"].email == Email(to=["finance@example.test"])


def test_of_an_owner_without_receivers_the_last_resort_hears():
    tree = read_routing(OWNED).owned_by([FINANCE])
    for labels in ({"severity": "high", "owner": "sales"}, {"severity": "high"}):
        assert [one.receiver.receiver for one in tree.route(labels)] == ["last"]


@pytest.mark.parametrize(
    "text",
    [OWNED.replace("receiver: last, email", "receiver: owner, email"),
     OWNED.replace("  receiver: last", "  receiver: owner")],
)  # fmt: skip
def test_no_receiver_is_called_owner_and_the_last_resort_is_no_team(text: str):
    with pytest.raises(DocumentError):
        read_routing(text)
