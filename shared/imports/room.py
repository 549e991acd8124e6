"""The doors that a service's room `imports` opens for its kinds."""

from collections.abc import Callable, Sequence
from typing import Any

from shared.due import Effect
from shared.imports.api import imports_router
from shared.imports.kinds import Kind
from shared.imports.running import ForgetFiles, RunImports
from shared.runtime import Runtime

__all__ = ["Kind", "import_effects", "imports_router"]


def import_effects(kinds: Sequence[Kind[Any]]) -> Callable[[Runtime], list[Effect]]:
    """What a room offers as `effects`."""
    return lambda runtime: [RunImports(runtime, kinds), ForgetFiles(runtime)]
