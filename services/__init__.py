"""The three services. None imports another; what they share are facts, in `shared.contracts`."""

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from shared.service import Service


def of_name(name: str) -> "Service":
    """`customer`: the service in `services.customer_svc.main`. Found by name, so that each can be there alone."""
    return cast("Service", import_module(f"services.{name}_svc.main").service)
