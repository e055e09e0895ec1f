"""
The routing tree decides who hears of an exception, in Alertmanager's semantics.

Depth first; a node matches when all its matchers hold; the first matching child wins
unless it says `continue`; a node none of whose children match is itself the result.
`receiver`, `group_by` and `group_wait_seconds` are inherited, matchers and `continue` are not.

The receiver `owner` stands for the receivers of the team that owns the exception; of a team
that has none, the receiver of last resort hears.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

import msgspec

from governance.exception.process_exception import ProcessException
from governance.matcher import Matcher, MatcherError, parse_matcher
from governance.team import Receiver, Team, receiver_problems
from rules.document import DocumentError, read_document

GROUP_WAIT = timedelta(seconds=30)
EACH_ITS_OWN = "..."
OWNER = "owner"
ESCALATION = "/escalation"
MAX_ROUTES = 1_000


class Route(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"continues": "continue"},
):
    """`group_by: ["..."]` makes every exception its own group; `[]` one group of all."""

    receiver: str | None = None
    matchers: list[str] = []
    group_by: list[str] | None = None
    group_wait_seconds: float | None = None
    continues: bool = False
    routes: list["Route"] = []


class Routing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The document as it is written."""

    routing: str
    version: str
    receivers: list[Receiver]
    route: Route
    title: str = ""


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """One receiver that hears; `route` is the path of the node that says so, `because` why."""

    receiver: Receiver
    route: str
    group_by: tuple[str, ...]
    group_wait: timedelta
    because: tuple[str, ...]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One node that was asked: the matcher that failed, or that it matched."""

    route: str
    receiver: str
    matched: bool
    because: str


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A route with what it inherits filled in."""

    path: str
    receiver: Receiver
    matchers: tuple[Matcher, ...]
    group_by: tuple[str, ...]
    group_wait: timedelta
    continues: bool
    children: tuple["Node", ...]


class RoutingTree(msgspec.Struct, frozen=True, kw_only=True):
    """
    `owners` are the receivers of each team, `escalations` those who hear of its late handling,
    step by step; all that may hear stand in `receivers`, by name.
    """

    root: Node
    receivers: dict[str, Receiver]
    owners: dict[str, tuple[Receiver, ...]] = {}
    escalations: dict[str, tuple[Receiver, ...]] = {}

    def owned_by(self, teams: Iterable[Team]) -> "RoutingTree":
        """Return the tree with the receivers of *teams*: finance's `mail` is `finance/mail`."""
        owners: dict[str, tuple[Receiver, ...]] = {}
        escalations: dict[str, tuple[Receiver, ...]] = {}
        named: dict[str, Receiver] = {}
        for team in teams:
            known = {
                one.receiver: msgspec.structs.replace(one, receiver=f"{team.team}/{one.receiver}")
                for one in team.receivers
            }
            owners[team.team] = tuple(known.values())
            escalations[team.team] = tuple(known[one] for one in team.escalation)
            named |= {one.receiver: one for one in known.values()}
        return msgspec.structs.replace(
            self, owners=owners, escalations=escalations, receivers={**self.receivers, **named}
        )

    def route(self, labels: dict[str, str]) -> list[Destination]:
        """Return who hears of *labels*, in the order of the document; never nobody."""
        return [
            heard
            for one in _walk(self.root, labels, ())
            for heard in self._addressed(one, labels.get("owner", ""))
        ]

    def escalate(self, owner: str, step: int) -> Destination | None:
        """Return who hears at *step* (1, 2…) that the team works an exception too late."""
        those = self.escalations.get(owner, ())
        if not those:
            return None
        return Destination(
            receiver=those[min(step, len(those)) - 1],
            route=ESCALATION,
            group_by=("owner", "handling"),
            group_wait=self.root.group_wait,
            because=(f'"{owner}" works it late',),
        )

    def explain(self, labels: dict[str, str]) -> list[Step]:
        """Return every node that was asked on the way, in order, and what came of it."""
        return list(_explain(self.root, labels))

    def _addressed(self, to: Destination, owner: str) -> list[Destination]:
        if to.receiver != _OWNER:
            return [to]
        those = self.owners.get(owner, ())
        why = f'"{owner}" owns it' if those else f'"{owner}" has no receivers'
        because = (*to.because, why)
        return [
            msgspec.structs.replace(to, receiver=one, because=because)
            for one in those or (self.root.receiver,)
        ]


_OWNER = Receiver(receiver=OWNER)


def read_routing(text: str | bytes) -> RoutingTree:
    """Return the tree of a routing document; raise `DocumentError` naming what is wrong."""
    document = read_document(text, Routing)
    receivers = {one.receiver: one for one in document.receivers}
    for index, receiver in enumerate(document.receivers):
        for problem in receiver_problems(receiver, f"/receivers/{index}"):
            raise DocumentError(f"{problem.pointer}: {problem.detail}", pointer=problem.pointer)
    if len(receivers) != len(document.receivers):
        raise DocumentError("two receivers have one name", pointer="/receivers")
    if OWNER in receivers:
        message = f"{OWNER!r} stands for the receivers of the owning team; name yours otherwise"
        raise DocumentError(message, pointer="/receivers")
    _check_root(document.route)
    return RoutingTree(root=_Planting(receivers).plant(document.route), receivers=receivers)


def labels_of(exception: ProcessException) -> dict[str, str]:
    """Return what matchers and `group_by` may name; what is not known is absent."""
    money = exception.blocked or exception.exposure or exception.delayed
    labels = {
        "owner": exception.owner,
        "process": exception.process,
        "stage": exception.stage,
        "severity": exception.severity,
        "type": exception.type,
        "rule": exception.rule,
        "ruleset": exception.ruleset,
        "currency": money.currency if money else None,
        "incident": exception.incident.id if exception.incident else None,
    }
    return {name: value for name, value in labels.items() if value}


def _check_root(route: Route) -> None:
    if route.matchers or route.continues:
        raise DocumentError(
            "the root matches everything: no matchers, no continue", pointer="/route"
        )
    if route.receiver in {None, OWNER}:
        raise DocumentError("the root names the receiver of last resort", pointer="/route/receiver")


class _Planting:
    """Turns routes into nodes, handing down what is inherited."""

    def __init__(self, receivers: dict[str, Receiver]) -> None:
        self.receivers = receivers
        self.planted = 0

    def plant(self, route: Route, above: Node | None = None, path: str = "/route") -> Node:
        self.planted += 1
        if self.planted > MAX_ROUTES:
            raise DocumentError(f"more than {MAX_ROUTES:,} routes", pointer=path)
        node = Node(
            path=path,
            receiver=self._receiver(route, above, path),
            matchers=_matchers(route, path),
            group_by=_group_by(route, above),
            group_wait=_group_wait(route, above, path),
            continues=route.continues,
            children=(),
        )
        children = tuple(
            self.plant(child, node, f"{path}/routes/{index}")
            for index, child in enumerate(route.routes)
        )
        return msgspec.structs.replace(node, children=children)

    def _receiver(self, route: Route, above: Node | None, path: str) -> Receiver:
        if route.receiver is None and above is not None:
            return above.receiver
        if route.receiver == OWNER:
            return _OWNER
        receiver = self.receivers.get(route.receiver or "")
        if receiver is None:
            raise DocumentError(f"no receiver {route.receiver!r}", pointer=f"{path}/receiver")
        return receiver


def _matchers(route: Route, path: str) -> tuple[Matcher, ...]:
    matchers = []
    for index, text in enumerate(route.matchers):
        try:
            matchers.append(parse_matcher(text))
        except MatcherError as error:
            pointer = f"{path}/matchers/{index}"
            raise DocumentError(f"{pointer}: {error}", pointer=pointer) from error
    return tuple(matchers)


def _group_by(route: Route, above: Node | None) -> tuple[str, ...]:
    if route.group_by is not None:
        return tuple(sorted(set(route.group_by)))
    return above.group_by if above else ()


def _group_wait(route: Route, above: Node | None, path: str) -> timedelta:
    if route.group_wait_seconds is None:
        return above.group_wait if above else GROUP_WAIT
    if not 0 <= route.group_wait_seconds <= timedelta(days=1).total_seconds():
        pointer = f"{path}/group_wait_seconds"
        raise DocumentError("wait between nothing and a day", pointer=pointer)
    return timedelta(seconds=route.group_wait_seconds)


def _walk(node: Node, labels: dict[str, str], because: tuple[str, ...]) -> Iterator[Destination]:
    because = (*because, *(str(matcher) for matcher in node.matchers))
    heard = False
    for child in node.children:
        if not all(matcher.matches(labels) for matcher in child.matchers):
            continue
        heard = True
        yield from _walk(child, labels, because)
        if not child.continues:
            break
    if not heard:
        yield Destination(
            receiver=node.receiver,
            route=node.path,
            group_by=node.group_by,
            group_wait=node.group_wait,
            because=because or ("no other route matches",),
        )


def _explain(node: Node, labels: dict[str, str]) -> Iterator[Step]:
    failed = next((m for m in node.matchers if not m.matches(labels)), None)
    yield Step(
        route=node.path,
        receiver=node.receiver.receiver,
        matched=failed is None,
        because=_because(node, labels, failed),
    )
    if failed is not None:
        return
    for child in node.children:
        steps = list(_explain(child, labels))
        yield from steps
        if steps[0].matched and not child.continues:
            return


def _because(node: Node, labels: dict[str, str], failed: Matcher | None) -> str:
    if failed is not None:
        return f'{failed} does not hold: it is "{labels.get(failed.label, "")}"'
    return " and ".join(str(m) for m in node.matchers) or "it matches everything"
