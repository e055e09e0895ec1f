"""A month is signed off once: what was open then is kept as it was."""

from controlplane.applying.applying import Applying, invalid
from controlplane.monthend import stores
from controlplane.monthend.gathering import checked, lines
from controlplane.monthend.opened import SignOff, digest_of, month_of
from controlplane.pipeline.command import Outcome
from rules.refusal import Refusal


def sign(applying: Applying) -> Outcome | Refusal:
    """Keep what is open of the month that the command names; 409 when it was signed off before."""
    entity, period = applying.field("entity"), applying.field("period")
    _, end = month_of(period)
    if applying.moment.at < end:
        return invalid(
            "/period", f"{period} is not over: it can be signed off from {end:%Y-%m-%d}."
        )
    if not stores.knows(applying.state, entity):
        return invalid("/entity", f"No case is of the legal entity {entity!r}: is it spelt so?")
    known = stores.find(applying.state, entity, period)
    if known is not None:
        return Refusal(
            type="month-signed-off",
            status=409,
            title="The month is signed off",
            detail=f"{known.signed_by} signed {period} of {entity} off; a sign-off never changes.",
        )
    open_lines = lines(applying.state, entity, period)
    one = SignOff(
        entity=entity,
        period=period,
        signed_at=applying.moment.at,
        signed_by=applying.command.actor,
        comment=applying.field("comment"),
        digest=digest_of(open_lines),
        lines=open_lines,
        reconciliations=checked(applying.state, entity, period),
    )
    stores.add(applying.state, one)
    detail = {"period": period, "digest": one.digest, "open": len(open_lines)}
    applying.record("month-end:period:signed-off", entity, detail)
    return Outcome(status=201, body={"entity": entity, **detail})
