"""The Kubernetes manifests, object by object."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tests.deploy.compose import ROOT

FILES = sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))


@dataclass(frozen=True)
class Container:
    """One of a pod template, and what it is in."""

    owner: str
    given: dict[str, Any]
    pod: dict[str, Any]
    config: dict[str, str]
    once: bool

    @property
    def service(self) -> str:
        """`customer`, as its program says it."""
        return str(self.given["args"][0]).removeprefix("services.").removesuffix("_svc")

    @property
    def settings(self) -> dict[str, str]:
        """Its environment, with what it takes over from the ConfigMap."""
        whole = self.config if "envFrom" in self.given else {}
        own = {one["name"]: one.get("value") or self.config[one["name"]] for one in self.given.get("env", [])}
        return whole | own


@dataclass(frozen=True)
class Manifests:
    objects: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, edit: tuple[str, str] = ("", "")) -> "Manifests":
        """All files as they are, or with one edit, made once in each file."""
        texts = [path.read_text().replace(*edit, 1) if edit[0] else path.read_text() for path in FILES]
        return cls(tuple(one for text in texts for one in yaml.safe_load_all(text)))

    def of(self, kind: str) -> Iterator[dict[str, Any]]:
        yield from (one for one in self.objects if one["kind"] == kind)

    @property
    def config(self) -> dict[str, str]:
        return {name: value for one in self.of("ConfigMap") for name, value in one["data"].items()}

    def containers(self) -> Iterator[Container]:
        for one in (*self.of("Deployment"), *self.of("Job")):
            pod = one["spec"]["template"]["spec"]
            for given in (*pod.get("initContainers", []), *pod["containers"]):
                yield Container(one["metadata"]["name"], given, pod, self.config, one["kind"] == "Job")


def name_of(one: dict[str, Any]) -> str:
    return str(one["metadata"]["name"])
