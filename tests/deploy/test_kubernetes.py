"""The manifests are what Kubernetes and KEDA define, and keep to our rules; each check is shown a bad file."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from kubernetes_validate import ValidationError, validate

from services import of_name
from shared.settings import Settings
from tests.deploy.compose import Compose, make_secrets
from tests.deploy.manifest_rules import RULES as LISTED
from tests.deploy.manifests import FILES, Container, Manifests, name_of

RULES = {rule.__name__: rule for rule in LISTED}
VERSIONS = ("1.32", "1.37")

BAD = [
    ("pods_are_confined", "runAsNonRoot: true", "runAsNonRoot: false"),
    ("pods_are_confined", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    ("pods_are_confined", "automountServiceAccountToken: false\n      securityContext", "securityContext"),
    ("pods_are_bounded", "limits: {memory: 512Mi}", "limits: {cpu: 1}"),
    ("manifests_name_versions", "rainmaker/customer:0.1.0", "rainmaker/customer:latest"),
    ("manifests_name_versions", "rainmaker/campaign:0.1.0", "rainmaker/customer:0.1.0"),
    ("programs_exist", "args: [services.customer_svc, migrate]", "args: [services.customer_svc, upgrade]"),
    ("programs_exist", "RAINMAKER_LOG_LEVEL", "RAINMAKER_LOGLEVEL"),
    ("access_is_left_to_whoever_runs_it", '  RAINMAKER_CORS_ORIGINS: ""\n', ""),
    ("access_is_left_to_whoever_runs_it", 'RAINMAKER_REQUESTS_PER_MINUTE: ""', 'RAINMAKER_REQUESTS_PER_MINUTE: "0"'),
    (
        "probes_ask_for_life_and_readiness",
        "readinessProbe: {httpGet: {path: /readyz",
        "readinessProbe: {httpGet: {path: /",
    ),
    (
        "probes_ask_for_life_and_readiness",
        "livenessProbe: {httpGet: {path: /livez",
        "livenessProbe: {httpGet: {path: /readyz",
    ),
    ("secrets_are_named_only", "SMTP_URL_FILE, value: /run/secrets/smtp_url", "SMTP_URL, value: smtp://mail:25"),
    ("secrets_are_named_only", "kind: ServiceAccount", "kind: Secret"),
    ("deployments_survive_a_drain", "kind: PodDisruptionBudget", "kind: Lease"),
    ("workers_follow_the_lag_of_their_groups", "consumerGroup: rainmaker-customer\n", "consumerGroup: customer\n"),
    ("workers_follow_the_lag_of_their_groups", "maxReplicaCount: 6", "maxReplicaCount: 20"),
    ("each_service_is_whole", "name: analytics-migrate", "name: analytics-migration"),
    (
        "what_is_selected_is_there",
        "selector: {app.kubernetes.io/name: campaign",
        "selector: {app.kubernetes.io/name: mail",
    ),
    ("nothing_is_open_by_default", "policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]"),
]
"""The rule, and one edit that breaks it."""

SPELT_WRONG = [
    ("Deployment", "readinessProbe:", "readyProbe:"),
    ("Deployment", "containerPort: 8000", "containerPort: http"),
    ("Job", "backoffLimit: 6", "backoffLimit: six"),
    ("Job", "restartPolicy: Never", "restart: Never"),
    ("Service", "targetPort: http", "target: http"),
    ("HorizontalPodAutoscaler", "averageUtilization: 70", "utilization: 70"),
    ("PodDisruptionBudget", "maxUnavailable: 1, selector", "maxMissing: 1, selector"),
    ("NetworkPolicy", "podSelector: {}", "pods: {}"),
    ("ConfigMap", "\ndata:\n", "\nvalues:\n"),
    ("Namespace", "labels:", "label:"),
    ("ServiceAccount", "automountServiceAccountToken: false", "automountServiceAccountToken: never"),
    ("ScaledObject", "maxReplicaCount: 6", "maxReplicas: 6"),
    ("ScaledObject", "consumerGroup: rainmaker-customer\n", "consumerGroup: 7\n"),
]
"""The kind of object, and one edit that its schema must refuse."""


def strict(schema: Any) -> Any:
    """As `kubectl` is: a field that the schema does not list is refused."""
    if isinstance(schema, dict):
        closed = {"additionalProperties": False} if "properties" in schema and "$ref" not in schema else {}
        return closed | {name: strict(part) for name, part in schema.items()}
    return [strict(part) for part in schema] if isinstance(schema, list) else schema


KEDA = Draft202012Validator(strict(json.loads((Path(__file__).parent / "keda-scaledobject.schema.json").read_text())))


def wrong(one: dict[str, Any], version: str) -> list[str]:
    """What its schema says against an object."""
    if one["apiVersion"].startswith("keda.sh/"):
        return [error.message for error in KEDA.iter_errors(one)]
    try:
        validate(one, version, strict=True)
    except ValidationError as error:
        return [error.message]
    return []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_manifests_are_what_kubernetes_and_keda_define(version: str) -> None:
    assert {name_of(one): said for one in Manifests.read().objects if (said := wrong(one, version))} == {}


@pytest.mark.parametrize(("kind", "good", "bad"), SPELT_WRONG)
def test_what_a_schema_does_not_know_is_found(kind: str, good: str, bad: str) -> None:
    found = [one["kind"] for one in Manifests.read((good, bad)).objects if wrong(one, VERSIONS[-1])]
    assert kind in found


def test_each_kind_of_object_is_shown_a_bad_one() -> None:
    assert {kind for kind, _, _ in SPELT_WRONG} == {one["kind"] for one in Manifests.read().objects}


@pytest.mark.parametrize("rule", RULES)
def test_the_manifests_keep_to_their_rules(rule: str) -> None:
    assert list(RULES[rule](Manifests.read())) == []


@pytest.mark.parametrize(("rule", "good", "bad"), BAD)
def test_each_rule_turns_red(rule: str, good: str, bad: str) -> None:
    assert any(good in path.read_text() for path in FILES)
    assert list(RULES[rule](Manifests.read((good, bad)))) != []


def test_each_rule_is_shown_a_bad_file() -> None:
    assert {rule for rule, _, _ in BAD} == set(RULES)


@pytest.mark.parametrize(
    "one", [one for one in Manifests.read().containers() if not one.once], ids=lambda one: one.owner
)
def test_each_pod_has_the_settings_that_its_program_asks_for(one: Container, tmp_path: Path) -> None:
    """Secrets are those that `make secrets` makes, by the names that docs/deploy.md gives them."""
    mounted, secrets = Compose.read().units[one.owner].secrets, make_secrets(tmp_path)
    files = {target: str(secrets / source) for target, source in mounted.items()}
    given = {name: files.get(value.removeprefix("/run/secrets/"), value) for name, value in one.settings.items()}
    of_name(one.service).check(Settings.load(given))
