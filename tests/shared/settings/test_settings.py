"""Settings: what is wrong or missing is found at the start, and the sentence says what to set."""

import os
from pathlib import Path

import pytest

from shared.settings import Settings, WrongSetting
from tests.shared.belfry import MASTER_KEY, settings_in


def test_the_environment_is_read_only_by_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUS_URL", "kafka://somewhere:9092")
    assert Settings().bus == "sqlite:///.rainmaker/bus.db"
    assert Settings.load(os.environ).bus == "kafka://somewhere:9092"


def test_the_name_of_the_service_is_put_into_the_address_of_its_database() -> None:
    settings = Settings.load({"DATABASE_URL": "postgresql://host/{service}"})
    assert settings.database_for("campaign") == "postgresql://host/campaign"


def test_without_addresses_everything_is_a_file_in_the_data_folder() -> None:
    settings = Settings.load({"RAINMAKER_DATA": "/somewhere"})
    assert settings.database_for("customer") == "sqlite:////somewhere/customer.db"
    assert settings.bus == "sqlite:////somewhere/bus.db"
    assert settings.keys == "sqlite:////somewhere/keys.db"
    assert settings.folders("customer", vault=True) == [Path("/somewhere")]


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{MASTER_KEY}\n")
    settings = Settings.load({"RAINMAKER_MASTER_KEY_FILE": str(tmp_path / "key")})
    assert settings.master == bytes(range(32))


def test_a_secret_set_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="either RAINMAKER_MASTER_KEY or RAINMAKER_MASTER_KEY_FILE"):
        Settings.load({"RAINMAKER_MASTER_KEY": MASTER_KEY, "RAINMAKER_MASTER_KEY_FILE": str(tmp_path)})


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"RAINMAKER_MASTER_KEY_FILE": "/not/there"}, "RAINMAKER_MASTER_KEY_FILE to a text file that can be read"),
        ({"RAINMAKER_MASTER_KEY": "hunter2"}, "RAINMAKER_MASTER_KEY must be 32 random bytes"),
        ({"RAINMAKER_MASTER_KEY": "0" * 64}, "RAINMAKER_MASTER_KEY must be 32 random bytes"),
        ({"RAINMAKER_VERIFY_KEYS": "hunter2"}, "RAINMAKER_VERIFY_KEYS must be Ed25519 public keys in PEM"),
        ({"RAINMAKER_SIGNING_KEY": "hunter2"}, "RAINMAKER_SIGNING_KEY must be an Ed25519 private key"),
        ({"DATABASE_URL": "mysql://host/db"}, "DATABASE_URL must begin with sqlite:/// or postgresql://"),
        ({"BUS_URL": "redis://host"}, "BUS_URL must begin with sqlite:/// or kafka://"),
        ({"SMTP_URL": "mail.example"}, "SMTP_URL must begin with smtp://"),
        ({"RAINMAKER_CUSTOMER_URL": "customer:8001"}, "RAINMAKER_CUSTOMER_URL must begin with http://"),
        ({"RAINMAKER_LOG_FORMAT": "xml"}, "RAINMAKER_LOG_FORMAT should be 'json' or 'text'"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_repeated(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        Settings.load(environment)
    assert sentence in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("missing", "variable"), [("master_key", "RAINMAKER_MASTER_KEY"), ("signing_key", "RAINMAKER_SIGNING_KEY")]
)
def test_no_service_starts_without_its_secrets(tmp_path: Path, missing: str, variable: str) -> None:
    with pytest.raises(WrongSetting, match=rf"Set {variable} \(or {variable}_FILE\) to"):
        settings_in(tmp_path, **{missing: ""}).check("customer")


def test_a_service_that_mails_and_calls_needs_to_know_where(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting) as refused:
        settings_in(tmp_path).check("campaign", mail=True, calls=["customer"])
    for variable in ("SMTP_URL", "RAINMAKER_MAIL_FROM", "RAINMAKER_CUSTOMER_URL"):
        assert f"Set {variable} to" in str(refused.value)


def test_on_postgresql_the_keys_of_persons_have_a_database_of_their_own(tmp_path: Path) -> None:
    url = "postgresql://host/customer"
    with pytest.raises(WrongSetting, match="Set RAINMAKER_KEYS_URL to the database that keeps the keys"):
        settings_in(tmp_path, database_url=url).check("customer", vault=True)
    with pytest.raises(WrongSetting, match="another database than DATABASE_URL"):
        settings_in(tmp_path, database_url=url, keys_url=url).check("customer", vault=True)


@pytest.mark.parametrize("url", ["postgresql://host/rainmaker", "sqlite:///all.db"])
def test_services_that_run_together_do_not_share_a_database(url: str) -> None:
    with pytest.raises(WrongSetting, match=r"so that it holds \{service\}"):
        Settings(database_url=url).check_several()


def test_secrets_do_not_show_in_a_printed_setting(tmp_path: Path) -> None:
    shown = repr(
        settings_in(tmp_path, database_url="postgresql://me:hunter2@host/db", smtp_url="smtp://me:hunter2@host")
    )
    assert "hunter2" not in shown
    assert MASTER_KEY not in shown
    assert "PRIVATE KEY" not in shown


def test_files_that_one_process_owns_make_a_system_embedded(tmp_path: Path) -> None:
    postgres = {"database_url": "postgresql://host/{service}"}
    assert settings_in(tmp_path).embedded("customer")
    assert settings_in(tmp_path, **postgres).embedded("customer")
    assert not settings_in(tmp_path, **postgres, bus_url="kafka://host:9092").embedded("customer")
