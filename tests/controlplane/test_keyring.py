"""A key opens the door, and stops opening it, before the worker has come to say so."""

from projecting import NOON

from controlplane.database import Databases, reading, writing
from controlplane.identity.key import Minted, mint
from controlplane.identity.keyring import Keyring
from controlplane.identity.stores import any_waiting
from controlplane.pipeline.command import COMMAND_SOURCE, Command, encode_command
from observability.log import stores as log
from observability.log.entry import COMMAND, LogEntry


class Watch:
    """A clock that goes on when it is told to."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def say(databases: Databases, name: str, body: dict[str, object]) -> None:
    command = Command(id=f"{name}{body}", name=name, actor="cli", body=body, at=NOON)
    put(databases, command.id, encode_command(command))


def put(databases: Databases, id_: str, payload: bytes) -> None:
    entry = LogEntry(kind=COMMAND, source=COMMAND_SOURCE, id=id_, at=NOON, payload=payload)
    with writing(databases.log) as connection:
        log.append(connection, [entry])


def create(databases: Databases) -> Minted:
    one = mint()
    body = {"id": one.id, "hash": one.hash, "name": "billing", "role": "viewer"}
    say(databases, "key:create", dict(body))
    return one


def test_a_key_is_known_and_revoked_while_the_worker_stands_still(databases: Databases):
    watch = Watch()
    keyring = Keyring(databases, clock=watch)
    one = create(databases)
    found = keyring.find(one.id)
    assert found is not None
    assert found.live(at=NOON)
    say(databases, "key:revoke", {"id": one.id})
    watch.seconds += 0.1
    revoked = keyring.find(one.id)
    assert revoked is not None
    assert not revoked.live(at=NOON)


def test_tokens_that_nobody_knows_do_not_have_the_log_read_each_time(databases: Databases):
    watch = Watch()
    keyring = Keyring(databases, clock=watch)
    assert keyring.find("0" * 12) is None
    one = create(databases)
    assert keyring.find(one.id) is None
    watch.seconds += 0.1
    assert keyring.find(one.id) is not None


def test_a_command_that_nobody_can_read_shuts_nobody_out(databases: Databases):
    keyring = Keyring(databases, period_seconds=0)
    assert keyring.find("0" * 12) is None
    put(databases, "torn", b'{"id":')
    say(databases, "key:create", {"name": "of a version that named no id"})
    one = create(databases)
    assert keyring.find(one.id) is not None
    with reading(databases.log) as connection:
        assert any_waiting(connection, at=NOON)
