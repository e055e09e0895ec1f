"""What a version would touch: readers, rules, models, promises, and the work that runs."""

import msgspec

from ui.records.money import Money


class Consuming(msgspec.Struct, frozen=True, kw_only=True):
    """
    `follows`: the candidate is in its range, it meets it at once; `touched` is what it uses. It was
    `seen` so often to go on with what an event told.
    """

    system: str = ""
    declared: bool = False
    versions: str = ""
    contact: str = ""
    uses: tuple[str, ...] = ()
    follows: bool = False
    seen: int = 0
    touched: tuple[str, ...] = ()


class Dependant(msgspec.Struct, frozen=True, kw_only=True):
    """Something in force that reads the contract; `problem`: it could not stand as it is."""

    kind: str = ""
    name: str = ""
    version: str = ""
    process: str = ""
    title: str = ""
    owner: str = ""
    within: str = ""
    reads: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()
    problem: str = ""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    receiver: str = ""
    channel: str = ""
    rules: tuple[str, ...] = ()


class InFlight(msgspec.Struct, frozen=True, kw_only=True):
    """`told` are the cases that its events told of; None where too many run to say."""

    process: str = ""
    running: int = 0
    money: tuple[Money, ...] = ()
    told: int | None = None
    told_money: tuple[Money, ...] = ()


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    against: str | None = None
    verdict: str = ""
    broken: int = 0
    consumers: tuple[Consuming, ...] = ()
    rules: tuple[Dependant, ...] = ()
    mappings: tuple[Dependant, ...] = ()
    processes: tuple[Dependant, ...] = ()
    slas: tuple[Dependant, ...] = ()
    routes: tuple[Heard, ...] = ()
    in_flight: tuple[InFlight, ...] = ()
