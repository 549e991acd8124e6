"""What the Kubernetes manifests must keep to, beside their schemas. Each rule yields a sentence where they do not."""

from collections.abc import Iterator
from typing import Any

from services import of_name
from shared.service import PARTITIONS
from tests.deploy.compose_rules import PINNED, SECRET
from tests.deploy.manifests import Manifests, name_of
from tests.deploy.program_rules import BY_WHOM, KNOWN, command_problem

CONFINED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def pods_are_confined(found: Manifests) -> Iterator[str]:
    for one in found.containers():
        whole = one.pod.get("securityContext", {})
        if whole.get("runAsNonRoot") is not True or whole.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{one.owner} must not be root and must keep to the runtime's seccomp profile"
        if one.given.get("securityContext") != CONFINED or one.pod.get("automountServiceAccountToken") is not False:
            yield f"{one.owner} must be read-only, without capabilities, privileges to gain and a token of the cluster"


def pods_are_bounded(found: Manifests) -> Iterator[str]:
    for one in found.containers():
        resources = one.given.get("resources", {})
        if not {"cpu", "memory"} <= resources.get("requests", {}).keys() or "memory" not in resources.get("limits", {}):
            yield f"{one.owner} must request cpu and memory, and have a limit of memory"


def manifests_name_versions(found: Manifests) -> Iterator[str]:
    for one in found.containers():
        image = one.given["image"]
        if not PINNED.fullmatch(image) or f"/{one.service}:" not in image:
            yield f"{one.owner} has the image {image}, which is not a version of {one.service}"


def programs_exist(found: Manifests) -> Iterator[str]:
    for one in found.containers():
        if problem := command_problem(one.service, [str(word) for word in one.given["args"]]):
            yield f"{one.owner}: {problem}"
        for name in sorted(one.settings.keys() - KNOWN):
            yield f"{one.owner} sets {name}, which no program of ours reads"


def access_is_left_to_whoever_runs_it(found: Manifests) -> Iterator[str]:
    for name in sorted(BY_WHOM):
        if found.config.get(name) != "":
            yield f"the ConfigMap must name {name}, and leave it empty"


def probes_ask_for_life_and_readiness(found: Manifests) -> Iterator[str]:
    asked = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
    for one in found.containers():
        for probe, path in {} if one.once else asked.items():
            if one.given.get(probe, {}).get("httpGet") != {"path": path, "port": "http"}:
                yield f"{one.owner} must have a {probe} that asks for {path}"


def secrets_are_named_only(found: Manifests) -> Iterator[str]:
    if list(found.of("Secret")):
        yield "a Secret stands in a file"
    for one in found.containers():
        for name, value in one.settings.items():
            if SECRET.search(name) and not (name.endswith("_FILE") and value.startswith("/run/secrets/")):
                yield f"{one.owner} has a secret in its environment: {name}"


def deployments_survive_a_drain(found: Manifests) -> Iterator[str]:
    kept = [one["spec"]["selector"] for one in found.of("PodDisruptionBudget")]
    for one in found.of("Deployment"):
        if one["spec"]["selector"] not in kept:
            yield f"{name_of(one)} has no PodDisruptionBudget"


def workers_follow_the_lag_of_their_groups(found: Manifests) -> Iterator[str]:
    scaled = {one["spec"]["scaleTargetRef"]["name"]: one["spec"] for one in found.of("ScaledObject")}
    for one in found.of("Deployment"):
        service, _, part = name_of(one).partition("-")
        if part == "worker" and _read(scaled.get(name_of(one), {})) != (PARTITIONS, _groups(service)):
            yield f"{name_of(one)} must follow the lag of {sorted(_groups(service))}, up to {PARTITIONS} of it"


def each_service_is_whole(found: Manifests) -> Iterator[str]:
    there = {(one["kind"], name_of(one)) for one in found.objects}
    for service in ("customer", "campaign", "analytics"):
        wanted = [("Job", "migrate"), ("Deployment", "api"), ("Deployment", "worker"), ("Service", "api")]
        wanted += [("HorizontalPodAutoscaler", "api"), ("ScaledObject", "worker")]
        for kind, part in wanted:
            if (kind, f"{service}-{part}") not in there:
                yield f"{service} has no {kind} {service}-{part}"


def what_is_selected_is_there(found: Manifests) -> Iterator[str]:
    pods = [one["spec"]["template"]["metadata"]["labels"] for one in found.of("Deployment")]
    for one in (*found.of("Service"), *found.of("PodDisruptionBudget")):
        asked = one["spec"]["selector"].get("matchLabels", one["spec"]["selector"])
        if not any(asked.items() <= labels.items() for labels in pods):
            yield f"{one['kind']} {name_of(one)} selects no pod"


def nothing_is_open_by_default(found: Manifests) -> Iterator[str]:
    closed = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if closed not in [one["spec"] for one in found.of("NetworkPolicy")]:
        yield "a NetworkPolicy must close all pods in both directions"


def _read(scaled: dict[str, Any]) -> tuple[int, set[str]]:
    groups = {trigger["metadata"]["consumerGroup"] for trigger in scaled.get("triggers", [])}
    return scaled.get("maxReplicaCount", 0), groups


def _groups(service: str) -> set[str]:
    """As `shared.runtime` and `shared.events.intake` name them."""
    group = f"rainmaker-{service}"
    return {group, f"{group}-inbound"} if of_name(service).intakes else {group}


RULES = [
    pods_are_confined,
    pods_are_bounded,
    manifests_name_versions,
    programs_exist,
    access_is_left_to_whoever_runs_it,
    probes_ask_for_life_and_readiness,
    secrets_are_named_only,
    deployments_survive_a_drain,
    workers_follow_the_lag_of_their_groups,
    each_service_is_whole,
    what_is_selected_is_there,
    nothing_is_open_by_default,
]
