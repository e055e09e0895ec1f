"""The firm: its clients, its people, its rate card."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from controlplane.simulator.report import Report, cloud_event

CLIENTS = 44
WORKERS = 80
CENTS = Decimal("0.01")
COST_SHARE = Decimal("0.48")
"""What an hour costs, of the rate at which it is sold."""
LONDON = "meridian-uk"
CURRENCY = {LONDON: "GBP", "meridian-nl": "EUR"}
RATES = {
    "consultant": {"GBP": Decimal(96), "EUR": Decimal(112)},
    "senior-consultant": {"GBP": Decimal(134), "EUR": Decimal("155.50")},
    "manager": {"GBP": Decimal("178.50"), "EUR": Decimal(206)},
    "director": {"GBP": Decimal(262), "EUR": Decimal("301.25")},
}
ROLES = tuple(RATES)
_ROLE_WEIGHTS = (5, 4, 2, 1)
_FIRST = (
    "Alder",
    "Ash",
    "Beacon",
    "Birch",
    "Calder",
    "Cobalt",
    "Corvid",
    "Dunlin",
    "Ember",
    "Fenland",
    "Garnet",
    "Halcyon",
    "Harbour",
    "Isis",
    "Juniper",
    "Kestrel",
    "Larch",
    "Linden",
    "Marlow",
    "Merlin",
    "Northgate",
    "Oakfield",
    "Orchard",
    "Osprey",
    "Pennine",
    "Quarry",
    "Rowan",
    "Sable",
    "Severn",
    "Tarn",
    "Thorn",
    "Umber",
    "Vale",
    "Wharf",
    "Willow",
    "Yarrow",
)
_SECOND = {
    "meridian-uk": (
        "Assurance",
        "Bank",
        "Energy",
        "Foods",
        "Group",
        "Health",
        "Holdings",
        "Insurance",
        "Logistics",
        "Pharma",
        "Rail",
        "Retail",
        "Utilities",
        "Water",
    ),
    "meridian-nl": (
        "Bank",
        "Bouw",
        "Energie",
        "Financiën",
        "Haven",
        "Logistiek",
        "Pensioenen",
        "Techniek",
        "Verzekeringen",
        "Zorg",
    ),
}


class Client(msgspec.Struct, frozen=True, kw_only=True):
    customer_id: str
    name: str
    country: str
    legal_entity: str

    @property
    def currency(self) -> str:
        return CURRENCY[self.legal_entity]

    @property
    def tax_profile_id(self) -> str:
        return f"{self.customer_id}.{self.legal_entity}"


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    worker_id: str
    role: str
    office: str


class Firm(msgspec.Struct, frozen=True, kw_only=True):
    """`tag` stands in every key, so that two seeds never share a case."""

    seed: int
    tag: str
    clients: tuple[Client, ...]
    workers: tuple[Worker, ...]


def found_firm(seed: int, volume: int = 1) -> Firm:
    """Return the firm of *seed*, so many times as large: the same seed is the same firm."""
    rng = Random(f"firm:{seed}")  # noqa: S311 - a story, not a secret
    tag = tag_of(seed)
    return Firm(
        seed=seed,
        tag=tag,
        clients=tuple(
            new_client(rng, f"C-{tag}-{number:03d}") for number in range(CLIENTS * volume)
        ),
        workers=tuple(_worker(rng, tag, number) for number in range(WORKERS * volume)),
    )


def tag_of(seed: int) -> str:
    return f"{seed:X}"


def new_client(rng: Random, customer_id: str) -> Client:
    entity = rng.choices(tuple(CURRENCY), weights=(3, 2))[0]
    return Client(
        customer_id=customer_id,
        name=f"{rng.choice(_FIRST)} {rng.choice(_SECOND[entity])}",
        country="GB" if entity == "meridian-uk" else "NL",
        legal_entity=entity,
    )


def _worker(rng: Random, tag: str, number: int) -> Worker:
    return Worker(
        worker_id=f"W-{tag}-{number:03d}",
        role=rng.choices(ROLES, weights=_ROLE_WEIGHTS)[0],
        office=rng.choices(("london", "amsterdam"), weights=(3, 2))[0],
    )


def master_data(firm: Firm, at: datetime) -> list[Report]:
    """Return what the firm's systems say of its clients and people before any deal."""
    reports = [one for client in firm.clients for one in client_data(client, at)]
    reports += [tax_profile(client, at) for client in firm.clients]
    for worker in firm.workers:
        reports += [hired(worker, at), provisioned(worker, at)]
    return [
        msgspec.structs.replace(one, at=one.at + timedelta(milliseconds=place))
        for place, one in enumerate(reports)
    ]


def client_data(client: Client, at: datetime, *, validated: bool = True) -> list[Report]:
    data: dict[str, Any] = {
        "customer_id": client.customer_id,
        "name": client.name,
        "customer_status": "active",
        "country": client.country,
        "credit_hold": False,
        "hierarchy_valid": True,
    }
    if validated:
        data["erp_customer_id"] = f"ERP-{client.customer_id}"
    return [cloud_event("crm", "ps.customer.changed", client.customer_id, at, data)]


def tax_profile(client: Client, at: datetime) -> Report:
    data = {
        "tax_profile_id": client.tax_profile_id,
        "customer_id": client.customer_id,
        "legal_entity": client.legal_entity,
        "tax_status": "resolved",
        "jurisdiction": client.country,
        "tax_code": f"{client.country}-STANDARD",
    }
    return cloud_event("tax", "ps.tax-profile.resolved", client.tax_profile_id, at, data)


def money(amount: Decimal, currency: str) -> dict[str, Any]:
    return {"amount": str(amount.quantize(CENTS)), "currency": currency}


def hired(
    worker: Worker, at: datetime, *, cost_known: date | None = None, starts: date | None = None
) -> Report:
    """
    *cost_known* is the first day with a cost rate, when it is not the first day of all; *starts*
    the first day of somebody who is not here yet.
    """
    currency = "GBP" if worker.office == "london" else "EUR"
    begun = (at - timedelta(days=0 if starts else 400)).date()
    data = {
        "worker_id": worker.worker_id,
        "role": worker.role,
        "worker_status": "active",
        "hired_on": begun.isoformat(),
        "cost_rate_since": (cost_known or begun).isoformat(),
        "office": worker.office,
        "cost_rate": money(RATES[worker.role][currency] * COST_SHARE, currency),
    }
    if starts is not None:
        data["starts_on"] = starts.isoformat()
    return cloud_event("hcm", "ps.worker.hired", worker.worker_id, at, data)


def provisioned(worker: Worker, at: datetime) -> Report:
    """Say that the accounts of *worker* are ready, since long before."""
    data = {
        "worker_id": worker.worker_id,
        "provisioned_on": (at - timedelta(days=390)).date().isoformat(),
        "systems": ["erp", "psa", "identity"],
    }
    return cloud_event("identity", "ps.worker.provisioned", worker.worker_id, at, data)
