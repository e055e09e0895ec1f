"""The fields of each subject's newest draft, and whose fields overlap."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, func, select

from governance.contract.likeness import LEAST_SHARED, Alike, alike
from governance.tables import contract, contract_field


def save_fields(connection: Connection, subject: str, fields: Collection[str]) -> None:
    connection.execute(contract_field.delete().where(contract_field.c.subject == subject))
    if fields:
        rows = [{"subject": subject, "field": field} for field in sorted(fields)]
        connection.execute(contract_field.insert(), rows)


def alike_to(connection: Connection, subject: str) -> list[Alike]:
    """Return the subjects that say nearly what *subject* says, the nearest first."""
    fields = contract_field.c
    mine = list(connection.scalars(select(fields.field).where(fields.subject == subject)))
    near = (
        select(fields.subject)
        .where(fields.field.in_(mine), fields.subject != subject)
        .group_by(fields.subject)
        .having(func.count() >= LEAST_SHARED)
    )
    theirs: dict[tuple[str, str], set[str]] = defaultdict(set)
    query = select(fields.subject, contract.c.owner, fields.field).join(
        contract, contract.c.subject == fields.subject
    )
    for row in connection.execute(query.where(fields.subject.in_(near))):
        theirs[row.subject, row.owner].add(row.field)
    return alike(mine, theirs)
