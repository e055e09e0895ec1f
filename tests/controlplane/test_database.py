from sqlalchemy import func, insert, select

from controlplane.database import Databases, reading, writing
from controlplane.tables import outcome


def test_what_is_written_in_one_transaction_is_read_in_the_next(databases: Databases):
    with writing(databases.state) as connection:
        connection.execute(
            insert(outcome).values(command="a", digest="d", status=200, body="{}", at=1, offset=1)
        )
    with reading(databases.state) as connection:
        assert connection.execute(select(func.count()).select_from(outcome)).scalar_one() == 1


def test_the_embedded_files_survive_a_power_cut_by_setting(databases: Databases):
    if not databases.embedded:
        return
    with databases.log.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
