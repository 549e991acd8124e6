"""docker-compose.yml keeps to its rules, and each rule is shown a file that breaks it."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from services import of_name
from shared.settings import Settings
from shared.settings.access import AccessSettings
from tests.deploy.compose import FILE, Compose, Unit, make_secrets
from tests.deploy.compose_rules import RULES as CONFINED
from tests.deploy.program_rules import RULES as PROGRAMS

RULES = {rule.__name__: rule for rule in (*CONFINED, *PROGRAMS)}
SCHEMA = Draft202012Validator(json.loads((Path(__file__).parent / "compose-spec.schema.json").read_text()))

BAD = [
    ("images_are_pinned", "postgres:18.6", "postgres"),
    ("images_are_pinned", "apache/kafka:4.3.1", "apache/kafka:latest"),
    ("nobody_is_root", "user: appuser", 'user: "0:0"'),
    ("nobody_is_root", '  user: "10001:10001"\n', ""),
    ("nothing_writes_where_it_need_not", "read_only: true", "read_only: false"),
    ("memory_can_be_written", "/opt/kafka/config:mode=1777", "/opt/kafka/config"),
    ("nothing_has_capabilities", "cap_drop: [ALL]", "cap_drop: [NET_RAW]"),
    ("nothing_has_capabilities", "shm_size: 128m", "cap_add: [CHOWN]"),
    ("nothing_gains_privileges", '  security_opt: ["no-new-privileges:true"]\n', ""),
    ("everything_is_bounded", "    mem_limit: 1g\n", ""),
    ("only_loopback_is_published", "127.0.0.1:8001:8000", "8001:8000"),
    ("only_loopback_is_published", "127.0.0.1:8002:8000", "0.0.0.0:8002:8000"),
    ("workers_can_be_scaled", "volumes: [mailbox:/mailbox]", "volumes: [mailbox:/mailbox]\n    container_name: mails"),
    ("stores_cannot_be_reached_from_outside", "stores: {internal: true}", "stores:"),
    ("what_stays_up_is_asked_for_its_health", "  healthcheck: *ready\n", ""),
    ("health_costs_little", "[CMD, bash, -c,", "[CMD, /opt/kafka/bin/kafka-topics.sh, --list, --bootstrap-server,"),
    ("health_costs_little", "      - -IS\n", "      - -B\n"),
    ("what_stays_up_is_started_again", "restart: unless-stopped", "restart: always"),
    ("what_is_waited_for_can_come", "{postgres: {condition: service_healthy}}", "{db: {condition: service_healthy}}"),
    ("what_is_waited_for_can_come", "{kafka: {condition: service_healthy}}", "{kafka: {condition: service_started}}"),
    ("one_shots_are_awaited", "      customer-topics: {condition: service_completed_successfully}\n", ""),
    ("what_is_named_is_declared", "  mailbox:\n", ""),
    ("what_is_named_is_declared", "  smtp_url: {file: ./secrets/smtp_url}\n", ""),
    ("what_is_mounted_is_there", "./deploy/compose/databases.sh", "./deploy/compose/database.sh"),
    ("secrets_are_files", "{file: ./secrets/master_key}", "{environment: MASTER_KEY}"),
    ("secrets_are_files", "SMTP_URL_FILE: /run/secrets/smtp_url", "SMTP_URL: smtp://mail:25"),
    ("secrets_are_files", "BUS_URL: kafka://kafka:9092", "BUS_URL: kafka://me:mine@kafka:9092"),
    ("secrets_are_files", "[master_key, signing_key, keys_url, ", "[master_key, keys_url, "),
    ("each_image_is_of_its_own_service", "{SERVICE: customer}", "{SERVICE: campaign}"),
    ("commands_are_known", "[services.customer_svc, migrate]", "[services.customer_svc, upgrade]"),
    ("commands_are_known", "[services.customer_svc, worker, --port,", "[services.customer_svc, worker, --listen,"),
    ("settings_are_known", "RAINMAKER_LOG_LEVEL:", "RAINMAKER_LOGLEVEL:"),
    ("access_is_left_to_whoever_runs_it", '"${RAINMAKER_CORS_ORIGINS:-}"', '"https://app.example.com"'),
    ("access_is_left_to_whoever_runs_it", "${RAINMAKER_REQUESTS_PER_MINUTE:-}", "${RAINMAKER_REQUESTS_PER_MINUTE:-0}"),
    ("health_is_asked_where_it_is_answered", '"127.0.0.1", 8000', '"127.0.0.1", 8001'),
    ("addresses_lead_to_containers", "http://customer-api:8000", "http://customer:8000"),
]
"""The rule, and one edit that breaks it."""

SPELT_WRONG = [("init: true", "init: [1]"), ("mem_limit:", "memory_limit:"), ("retries: 3", "retrys: 3")]


@pytest.mark.parametrize("rule", RULES)
def test_the_compose_file_keeps_to_its_rules(rule: str) -> None:
    assert list(RULES[rule](Compose.read())) == []


@pytest.mark.parametrize(("rule", "good", "bad"), BAD)
def test_each_rule_turns_red(rule: str, good: str, bad: str) -> None:
    assert good in FILE.read_text()
    assert list(RULES[rule](Compose.read(FILE.read_text().replace(good, bad, 1)))) != []


def test_each_rule_is_shown_a_bad_file() -> None:
    assert {rule for rule, _, _ in BAD} == set(RULES)


def test_the_compose_file_is_one_by_the_specification() -> None:
    assert [error.message for error in SCHEMA.iter_errors(Compose.read().whole)] == []


@pytest.mark.parametrize(("good", "bad"), SPELT_WRONG)
def test_what_the_specification_does_not_know_is_found(good: str, bad: str) -> None:
    assert list(SCHEMA.iter_errors(Compose.read(FILE.read_text().replace(good, bad, 1)).whole)) != []


@pytest.mark.parametrize("unit", [unit for unit in Compose.read().running() if unit.ours], ids=lambda unit: unit.name)
def test_each_container_has_the_settings_that_its_program_asks_for(unit: Unit, tmp_path: Path) -> None:
    settings = Settings.load(_mounted(unit, make_secrets(tmp_path)))
    of_name(unit.ours).check(settings)
    assert AccessSettings(**settings.model_dump(include=set(AccessSettings.model_fields))) == AccessSettings()


def _mounted(unit: Unit, secrets: Path) -> dict[str, str]:
    def file(path: str) -> str:
        return str(secrets / unit.secrets[path.removeprefix("/run/secrets/")])

    return {name: file(value) if name.endswith("_FILE") else value for name, value in unit.environment.items()}
