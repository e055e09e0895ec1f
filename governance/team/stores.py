"""Teams as they stand in the database."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from governance.tables import team as table
from governance.team.team import Team
from rules.instant import to_micros


def save(connection: Connection, one: Team, *, at: datetime) -> None:
    values = {
        "name": one.name,
        "document": msgspec.json.encode(one).decode(),
        "version": one.version,
        "updated_at": to_micros(at),
    }
    changed = connection.execute(table.update().where(table.c.team == one.team).values(**values))
    if not changed.rowcount:
        connection.execute(table.insert().values(team=one.team, **values))


def get_team(connection: Connection, team: str) -> Team | None:
    document = connection.execute(select(table.c.document).where(table.c.team == team)).scalar()
    return None if document is None else msgspec.json.decode(document, type=Team)


def list_teams(connection: Connection) -> list[Team]:
    """Return every team, by its id."""
    query = select(table.c.document).order_by(table.c.team)
    return [msgspec.json.decode(text, type=Team) for text in connection.execute(query).scalars()]
