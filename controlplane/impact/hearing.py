"""Whom the alert routes in force would tell of what a change breaks, and of the change itself."""

from collections.abc import Iterator, Sequence

import msgspec

from controlplane.impact.dependant import Dependant
from governance.contract.announcement import hearing, labels_of
from governance.contract.catalogue import Contract
from governance.routing import Destination, RoutingTree


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told of exceptions of `rules`; without any, of the contract's own changes."""

    receiver: str
    channel: str
    route: str
    rules: tuple[str, ...] = ()


def heard(tree: RoutingTree, contract: Contract, rules: Sequence[Dependant]) -> Iterator[Heard]:
    """Yield who hears of those of *rules* that the change hurts, of all when it hurts none."""
    by_place: dict[tuple[str, str], tuple[Destination, list[str]]] = {}
    for rule in [one for one in rules if one.hurt] or rules:
        for to in tree.route(_labels(rule)):
            place = (to.route, to.receiver.receiver)
            by_place.setdefault(place, (to, []))[1].append(rule.name)
    for to, names in by_place.values():
        yield _hears(to, names)
    for to in hearing(tree, labels_of(contract, "published")):
        yield _hears(to, ())


def _hears(to: Destination, rules: Sequence[str]) -> Heard:
    return Heard(
        receiver=to.receiver.receiver,
        channel=to.receiver.channel,
        route=to.route,
        rules=tuple(rules),
    )


def _labels(rule: Dependant) -> dict[str, str]:
    labels = {
        "owner": rule.owner,
        "process": rule.process,
        "severity": rule.severity,
        "type": rule.type,
        "rule": rule.name,
        "ruleset": rule.within,
    }
    return {name: value for name, value in labels.items() if value}
