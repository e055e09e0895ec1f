from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from projecting import NOON, installation
from sqlalchemy import insert

from controlplane.database import writing
from controlplane.identity.admittance import StartRefusedError, require_identity
from controlplane.identity.key import ApiKey, Minted, digest, key_id, mint, opens
from controlplane.identity.role import IMPLIED, Actor, Role
from controlplane.pipeline.command import COMMAND_SOURCE, Command, encode_command
from controlplane.settings import Settings
from controlplane.tables import api_key
from observability.log import stores as log
from observability.log.entry import COMMAND, LogEntry
from rules.instant import render_instant, to_micros

OPEN = "0.0.0.0"  # noqa: S104 - an address that others reach is what is tried here


def kept(minted: Minted, **changes: object) -> ApiKey:
    fields = {
        "id": minted.id,
        "hash": minted.hash,
        "name": "billing",
        "role": Role.VIEWER,
        "created_at": NOON,
    }
    return ApiKey(**(fields | changes))


def test_a_key_opens_with_its_own_secret_only():
    one, other = mint(), mint()
    assert opens(kept(one), one.token, at=NOON)
    assert not opens(kept(one), other.token, at=NOON)
    assert not opens(kept(one), one.token[:-1], at=NOON)


def test_what_is_kept_of_a_key_does_not_open():
    one = mint()
    assert one.token not in repr(kept(one))
    assert not opens(kept(one), one.hash, at=NOON)
    assert digest(one.token) == one.hash


def test_an_expired_key_and_a_revoked_one_open_nothing():
    one = mint()
    assert opens(kept(one, expires_at=NOON + timedelta(seconds=1)), one.token, at=NOON)
    assert not opens(kept(one, expires_at=NOON), one.token, at=NOON)
    assert not opens(kept(one, revoked_at=NOON), one.token, at=NOON)


@pytest.mark.parametrize("token", ["", "cp_", "cp_0123456789ab_short", "Bearer x", "cp_\x00_"])
def test_a_token_that_is_none_of_ours_names_no_key(token: str):
    assert key_id(token) is None


def test_a_token_names_its_key():
    one = mint()
    assert key_id(one.token) == one.id
    assert kept(one).actor == Actor(name=f"key:{one.id}", role=Role.VIEWER)


def test_everybody_reads_and_only_the_admin_does_everything():
    assert all(Role.VIEWER in implied for implied in IMPLIED.values())
    assert IMPLIED[Role.ADMIN] == set(Role)
    assert [role for role in Role if Role.ADMIN in IMPLIED[role]] == [Role.ADMIN]


def test_who_approves_does_not_thereby_mend_nor_the_other_way_round():
    assert not Actor(name="s", role=Role.STEWARD).may(Role.OPERATOR)
    assert not Actor(name="o", role=Role.OPERATOR).may(Role.STEWARD)


def key_body(id_: str) -> dict[str, object]:
    return {"id": id_, "hash": digest(id_), "name": id_, "role": "viewer"}


def wish(name: str, body: dict[str, object]) -> LogEntry:
    command = Command(id=f"{name}{body}", name=name, actor="cli", body=body, at=NOON)
    return LogEntry(
        kind=COMMAND,
        source=COMMAND_SOURCE,
        id=command.id,
        at=NOON,
        payload=encode_command(command),
    )


def test_an_address_open_to_others_is_refused_while_no_key_exists(tmp_path: Path):
    databases = installation(tmp_path)
    require_identity(Settings(), databases)
    with pytest.raises(StartRefusedError, match="keys create"):
        require_identity(Settings(host=OPEN), databases)
    databases.close()


def test_a_key_in_the_state_admits(tmp_path: Path):
    databases = installation(tmp_path)
    with writing(databases.state) as connection:
        connection.execute(
            insert(api_key).values(
                id="a",
                hash="h",
                name="n",
                role="admin",
                sources="[]",
                created_at=to_micros(NOON),
            )
        )
    require_identity(Settings(host=OPEN), databases)
    databases.close()


def test_a_key_that_still_waits_in_the_log_admits_until_it_is_revoked(tmp_path: Path):
    databases = installation(tmp_path)
    settings = Settings(host=OPEN)
    with writing(databases.log) as connection:
        log.append(connection, [wish("key:create", key_body("a"))])
    require_identity(settings, databases)
    with writing(databases.log) as connection:
        log.append(connection, [wish("key:revoke", {"id": "a"})])
    with pytest.raises(StartRefusedError):
        require_identity(settings, databases)
    expired = render_instant(datetime.now(UTC) - timedelta(days=1))
    with writing(databases.log) as connection:
        log.append(connection, [wish("key:create", {**key_body("b"), "expires_at": expired})])
    with pytest.raises(StartRefusedError):
        require_identity(settings, databases)
    databases.close()
