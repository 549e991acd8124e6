"""The commands, as a person or a script types them: what is refused is refused in a sentence, with code 2."""

import socket
from pathlib import Path

import pytest

from shared.access.tokens import Tokens
from shared.contracts.access import SCOPES_OF
from tests.services.conftest import Tell, Told
from tests.shared.belfry import MASTER_KEY, SIGNING_KEY

SECRETS = {"RAINMAKER_MASTER_KEY": MASTER_KEY, "RAINMAKER_SIGNING_KEY": SIGNING_KEY}


@pytest.mark.parametrize("command", ["api customer", "worker customer"])
def test_without_secrets_nothing_starts_and_the_sentence_says_what_to_set(
    tell: Tell, tmp_path: Path, command: str
) -> None:
    refused = tell(command)
    assert refused.code == 2
    assert "Set RAINMAKER_MASTER_KEY (or RAINMAKER_MASTER_KEY_FILE) to 32 random bytes" in refused.err
    assert not (tmp_path / "data").exists()


def test_a_wrong_setting_ends_with_code_2_and_a_sentence(tell: Tell) -> None:
    refused = tell("serve", BUS_URL="redis://host")
    assert refused == Told(2, "", "BUS_URL must begin with sqlite:/// or kafka://.\n")


def test_several_services_refuse_to_share_one_database(tell: Tell) -> None:
    refused = tell("serve", DATABASE_URL="postgresql://host/all")
    assert refused.code == 2
    assert "Set DATABASE_URL so that it holds {service}" in refused.err


def test_on_sqlite_a_worker_refuses_with_a_sentence(tell: Tell) -> None:
    refused = tell("worker customer", **SECRETS)
    assert refused.code == 2
    assert refused.err.startswith("On SQLite `api` does the work of `worker` too")


def test_a_port_in_use_is_refused_with_a_sentence(tell: Tell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = tell(f"api customer --port {taken.getsockname()[1]}", **SECRETS)
    assert refused.code == 2
    assert refused.err.startswith("Choose another port: 127.0.0.1:")


def test_a_command_for_one_service_asks_which(tell: Tell) -> None:
    assert tell("migrate sales") == Told(2, "", "Say which service: rainmaker migrate customer|campaign|analytics.\n")


def test_migrate_says_what_it_did_and_does_nothing_twice(tell: Tell) -> None:
    assert tell("migrate analytics").out.startswith("0001")
    assert tell("migrate analytics") == Told(0, "nothing to do\n", "")


def test_migrating_a_postgresql_database_writes_no_file(tell: Tell, postgres_url: str, tmp_path: Path) -> None:
    assert tell("migrate customer", DATABASE_URL=postgres_url).code == 0
    assert not (tmp_path / "data").exists()


def test_a_token_carries_the_scopes_it_was_asked_for_and_nothing_else_is_printed(tell: Tell) -> None:
    told = tell("token --scopes leads:write", **SECRETS)
    assert told.out.count("\n") == 1
    assert Tokens(SIGNING_KEY).verify(told.out.strip()).scopes == {"leads:write"}


def test_a_token_carries_the_roles_it_was_asked_for(tell: Tell) -> None:
    told = tell("token --role sales --role approver", **SECRETS)
    principal = Tokens(SIGNING_KEY, roles=SCOPES_OF).verify(told.out.strip())
    assert principal.scopes == SCOPES_OF["sales"] | SCOPES_OF["approver"]


def test_a_role_that_is_not_there_is_refused_with_those_that_are(tell: Tell) -> None:
    told = tell("token --role owner", **SECRETS)
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("There is no role owner; the roles are viewer, sales,")


def test_topics_are_named_and_made(tell: Tell) -> None:
    assert "analytics-scores" in tell("topics analytics").out.split()


def test_topics_that_no_broker_makes_are_given_up_with_a_sentence(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.service.command.TOPICS_SECONDS", 0.0)
    given_up = tell("topics customer", BUS_URL="kafka://127.0.0.1:1?request_timeout_ms=1000")
    assert (given_up.code, given_up.out) == (2, "")
    assert "No Kafka answers at 127.0.0.1:1. Check that it runs" in given_up.err
    assert "Traceback" not in given_up.err


def test_rights_on_kafka_are_printed_for_the_user_that_is_named(tell: Tell) -> None:
    script = tell("acls campaign --user senders").out
    assert "User:senders" in script and "campaign-actions" in script
