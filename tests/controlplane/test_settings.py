from decimal import Decimal
from pathlib import Path

import pytest

from controlplane.demo import with_mailbox
from controlplane.serving import as_environment
from controlplane.settings import (
    Settings,
    SettingsError,
    documented,
    is_loopback,
    read_settings,
)

OPEN = "0.0.0.0"  # noqa: S104 - an address that others reach is what is tried here


def test_without_a_word_the_program_is_embedded_and_alone():
    settings = read_settings({})
    assert settings == Settings()
    assert settings.loopback
    assert settings.url == "http://127.0.0.1:8000"
    assert settings.app_url == "http://127.0.0.1:8501"


def test_the_environment_is_read_in_the_types_of_the_settings():
    settings = read_settings(
        {
            "CONTROLPLANE_DATA_DIR": "/srv/data",
            "CONTROLPLANE_PORT": "9000",
            "CONTROLPLANE_SMTP_STARTTLS": "true",
            "CONTROLPLANE_COST_OF_CAPITAL": "0.1",
            "CONTROLPLANE_ALLOWED_EGRESS": "hook.test, mail.test:25",
            "CONTROLPLANE_UNKNOWN": "left alone",
        }
    )
    assert settings.data_dir == Path("/srv/data")
    assert settings.port == 9000
    assert settings.smtp_starttls is True
    assert settings.cost_of_capital == Decimal("0.1")
    assert settings.allowed_egress == ("hook.test", "mail.test:25")


def test_a_flag_wins_over_the_environment_and_none_is_no_flag():
    environment = {"CONTROLPLANE_PORT": "9000", "CONTROLPLANE_HOST": "::1"}
    settings = read_settings(environment, port=9001, host=None)
    assert (settings.port, settings.host) == (9001, "::1")
    assert settings.url == "http://[::1]:9001"


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("CONTROLPLANE_PORT", "http"),
        ("CONTROLPLANE_PORT", "70000"),
        ("CONTROLPLANE_LOG_LEVEL", "loud"),
        ("CONTROLPLANE_RULE_PROCESSES", "0"),
    ],
)
def test_a_variable_that_does_not_fit_is_named(variable: str, text: str):
    with pytest.raises(SettingsError, match=variable):
        read_settings({variable: text})


def test_a_flag_that_does_not_fit_is_refused():
    with pytest.raises(SettingsError, match="port"):
        read_settings({}, port=-1)


def test_an_open_address_is_no_loopback_and_is_reached_on_this_machine():
    assert not Settings(host=OPEN).loopback
    assert Settings(host=OPEN).url == "http://127.0.0.1:8000"
    assert is_loopback("localhost")
    assert not is_loopback("controlplane.example")


def test_the_public_addresses_are_what_people_see():
    settings = Settings(public_url="https://api.example/", ui_url="https://app.example/")
    assert (settings.url, settings.app_url) == ("https://api.example", "https://app.example")


def test_every_setting_is_documented_with_its_default():
    table = {one.variable: one for one in documented()}
    assert len(table) == len(Settings.__struct_fields__)
    assert table["CONTROLPLANE_PORT"].default == "8000"
    assert table["CONTROLPLANE_SMTP_STARTTLS"].default == "false"
    assert table["CONTROLPLANE_DATABASE_URL"].default == ""
    assert all(one.meaning.endswith(".") for one in table.values())


def test_the_demonstration_keeps_messages_where_a_newcomer_finds_them(tmp_path: Path):
    assert with_mailbox(Settings(data_dir=tmp_path)).mailbox_dir == tmp_path / "mailbox"
    for said in ({"smtp_host": "mail.test"}, {"allowed_egress": ("hook.test",)}):
        assert with_mailbox(Settings(**said)).mailbox_dir is None
    here = read_settings(as_environment(with_mailbox(Settings(data_dir=tmp_path))))
    assert here.mailbox_dir == tmp_path / "mailbox"
