"""What docker-compose.yml must keep to. Each rule yields a sentence for each place where the file does not.

`test_compose.py` shows each of them turning red.
"""

import re
from collections.abc import Iterator

from tests.deploy.compose import ROOT, Compose

LOOPBACK = re.compile(r"127\.0\.0\.1:\d+:\d+")
PINNED = re.compile(r".+:(?!latest$)[\w.-]+|.+@sha256:[0-9a-f]{64}")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY$|DATABASE_URL|KEYS_URL|SMTP_URL")
PASSWORD_IN_ADDRESS = re.compile(r"://[^/@\s]+:[^/@\s]+@")


def images_are_pinned(compose: Compose) -> Iterator[str]:
    for unit in compose.units.values():
        if not PINNED.fullmatch(unit.given.get("image", "")):
            yield f"{unit.name} has no image with a version"


def nobody_is_root(compose: Compose) -> Iterator[str]:
    for unit in compose.units.values():
        if str(unit.given.get("user", "root")).partition(":")[0] in {"root", "0"}:
            yield f"{unit.name} runs as root"


def nothing_writes_where_it_need_not(compose: Compose) -> Iterator[str]:
    for unit in compose.units.values():
        if unit.given.get("read_only") is not True or "/tmp" not in unit.given.get("tmpfs", []):
            yield f"{unit.name} must have `read_only: true`, and /tmp in memory"


def memory_can_be_written(compose: Compose) -> Iterator[str]:
    """A tmpfs over a folder of the image belongs to root and has that folder's mode; /tmp is everybody's already."""
    for unit in compose.units.values():
        for path in unit.given.get("tmpfs", []):
            if path != "/tmp" and not str(path).endswith(":mode=1777"):
                yield f"{unit.name} mounts {path} without :mode=1777, so its user may not write there"


def nothing_has_capabilities(compose: Compose) -> Iterator[str]:
    for unit in compose.units.values():
        if unit.given.get("cap_drop") != ["ALL"] or {"cap_add", "privileged", "devices", "pid"} & unit.given.keys():
            yield f"{unit.name} must drop all capabilities and get none back"


def nothing_gains_privileges(compose: Compose) -> Iterator[str]:
    for unit in compose.units.values():
        if "no-new-privileges:true" not in unit.given.get("security_opt", []):
            yield f"{unit.name} must have no-new-privileges"


def everything_is_bounded(compose: Compose) -> Iterator[str]:
    for unit in compose.units.values():
        if not unit.given.get("mem_limit") or not unit.given.get("pids_limit"):
            yield f"{unit.name} must have mem_limit and pids_limit"


def only_loopback_is_published(compose: Compose) -> Iterator[str]:
    for unit in compose.units.values():
        for port in unit.given.get("ports", []):
            if not LOOPBACK.fullmatch(str(port)):
                yield f"{unit.name} publishes {port}, which is not 127.0.0.1:port:port"
        if unit.given.get("network_mode"):
            yield f"{unit.name} leaves the networks of the file"


def workers_can_be_scaled(compose: Compose) -> Iterator[str]:
    for unit in compose.units.values():
        if "container_name" in unit.given or (unit.command[1:2] == ["worker"] and unit.given.get("ports")):
            yield f"{unit.name} cannot be there twice: it has a container_name or a port of the host"


def stores_cannot_be_reached_from_outside(compose: Compose) -> Iterator[str]:
    inside = {name for name, given in compose.whole["networks"].items() if (given or {}).get("internal")}
    for unit in compose.units.values():
        if (not unit.ours or unit.once) and not set(unit.given.get("networks", ["default"])) <= inside:
            yield f"{unit.name} must be in internal networks only"


def what_stays_up_is_asked_for_its_health(compose: Compose) -> Iterator[str]:
    for unit in compose.running():
        if not unit.given.get("healthcheck", {}).get("test"):
            yield f"{unit.name} has no healthcheck"


def health_costs_little(compose: Compose) -> Iterator[str]:
    """Each container is asked every two seconds while all of them start: on two cores a Java or a whole Python each
    time leaves little for what is asked about."""
    for unit in compose.running():
        words = unit.given.get("healthcheck", {}).get("test", [])
        if words[1:2] not in (["bash"], ["pg_isready"]) and words[1:3] != ["python", "-IS"]:
            yield f"{unit.name} must be asked by bash, pg_isready or `python -IS`"


def what_stays_up_is_started_again(compose: Compose) -> Iterator[str]:
    for unit in compose.units.values():
        if unit.given.get("restart") != ("no" if unit.once else "unless-stopped"):
            yield f'{unit.name} must restart unless-stopped, or "no" where it is to end'


def what_is_waited_for_can_come(compose: Compose) -> Iterator[str]:
    for unit in compose.units.values():
        for name, condition in unit.waits_for.items():
            if (other := compose.units.get(name)) is None:
                yield f"{unit.name} waits for {name}, which is not there"
            elif condition != ("service_completed_successfully" if other.once else "service_healthy"):
                yield f"{unit.name} waits for {name} to be {condition}"


def one_shots_are_awaited(compose: Compose) -> Iterator[str]:
    """`up --wait` takes a container that ended for a failure, except where another one waits for its end."""
    awaited = {name for unit in compose.units.values() for name in unit.waits_for}
    for unit in compose.units.values():
        if unit.once and unit.name not in awaited:
            yield f"{unit.name} ends, and nobody waits for it"


def what_is_named_is_declared(compose: Compose) -> Iterator[str]:
    for kind in ("secrets", "volumes", "networks"):
        declared = set(compose.whole.get(kind, {}))
        used = {name for unit in compose.units.values() for name in _used(unit.given, kind)}
        for name in sorted(declared ^ used):
            yield f"{name} of {kind} is used and not declared, or declared and not used"


def what_is_mounted_is_there(compose: Compose) -> Iterator[str]:
    for unit in compose.units.values():
        for volume in unit.given.get("volumes", []):
            source, _, rest = str(volume).partition(":")
            if source.startswith(".") and not ((ROOT / source).is_file() and rest.endswith(":ro")):
                yield f"{unit.name} mounts {source}, which must be a file of the repository, read-only"


def secrets_are_files(compose: Compose) -> Iterator[str]:
    for name, given in compose.whole.get("secrets", {}).items():
        if given != {"file": f"./secrets/{name}"}:
            yield f"the secret {name} must be the file ./secrets/{name}"
    for unit in compose.units.values():
        for name, value in unit.environment.items():
            if PASSWORD_IN_ADDRESS.search(value) or (SECRET.search(name) and not name.endswith("_FILE")):
                yield f"{unit.name} has a secret in its environment: {name}"
            if name.endswith("_FILE") and value.removeprefix("/run/secrets/") not in unit.secrets:
                yield f"{unit.name} looks for {name} in {value}, which it is not given"


def _used(given: dict[str, object], kind: str) -> Iterator[str]:
    entries = given.get(kind, [])
    for entry in entries if isinstance(entries, (list, dict)) else []:
        name = str(entry["source"]) if isinstance(entry, dict) else str(entry).partition(":")[0]
        if not name.startswith("."):
            yield name


RULES = [
    images_are_pinned,
    nobody_is_root,
    nothing_writes_where_it_need_not,
    memory_can_be_written,
    nothing_has_capabilities,
    nothing_gains_privileges,
    everything_is_bounded,
    only_loopback_is_published,
    workers_can_be_scaled,
    stores_cannot_be_reached_from_outside,
    what_stays_up_is_asked_for_its_health,
    health_costs_little,
    what_stays_up_is_started_again,
    what_is_waited_for_can_come,
    one_shots_are_awaited,
    what_is_named_is_declared,
    what_is_mounted_is_there,
    secrets_are_files,
]
