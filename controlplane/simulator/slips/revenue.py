"""Slips in what is recognised."""

from controlplane.simulator.slip import (
    REVENUE,
    TERMS,
    Seen,
    Slip,
    Spoil,
    times,
)

RECOGNITION = (
    Slip(
        fault="milestone-revenue-too-early",
        spoils=(
            Spoil(type=TERMS, values={"revenue_method": "milestone"}),
            Spoil(type=REVENUE, values={"method": "milestone"}, each=True),
            Spoil(type="ps.milestone.accepted", lost=True, each=True),
        ),
        finds=(
            Seen(
                rule="milestone-method-without-acceptance", by="revenue_id", on=REVENUE, each=True
            ),
        ),
        follows=("milestone-billed-before-acceptance",),
        model="milestone",
    ),
    Slip(
        fault="revenue-of-no-method",
        spoils=(Spoil(type=REVENUE, values={"method": None}),),
        finds=(Seen(rule="revenue-without-method", by="revenue_id", on=REVENUE),),
    ),
    Slip(
        fault="revenue-of-no-obligation",
        spoils=(Spoil(type=REVENUE, values={"obligation_id": None}),),
        finds=(Seen(rule="revenue-without-obligation", by="revenue_id", on=REVENUE),),
    ),
    Slip(
        fault="revenue-beyond-the-price",
        spoils=(Spoil(type=REVENUE, values={"amount": times("amount", "100")}),),
        finds=(Seen(rule="revenue-above-price", on=REVENUE),),
        follows=("closed-with-contract-balance",),
        model="fixed-fee",
    ),
    Slip(
        fault="revenue-beyond-the-work",
        spoils=(Spoil(type=REVENUE, values={"amount": times("amount", "40")}),),
        finds=(Seen(rule="time-recognised-above-work", on=REVENUE),),
        follows=("closed-with-contract-balance", "revenue-above-price"),
        model="time-and-materials",
    ),
)
