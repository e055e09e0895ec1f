"""A contract of great weight, and a version of it that ada wrote."""

from datetime import UTC, datetime, timedelta

from governance.contract.catalogue import Contract, Version

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CONTRACT = Contract(
    subject="ps.rate.agreed",
    kind="event",
    format="jsonschema",
    domain="finance",
    owner="finance",
    system="psa",
    classification="personal",
    compatibility="backward",
    criticality="high",
    title="Rates",
    residency="eu",
    created_at=NOON,
    created_by="ada",
)
VERSION = Version(
    subject=CONTRACT.subject,
    version="2.0.0",
    lifecycle="in_review",
    media_type="application/json",
    digest="d",
    artifact=b"{}",
    created_at=NOON,
    created_by="ada",
)
