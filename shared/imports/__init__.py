"""CSV files in, as jobs: read, mapped, checked row by row, stored so that a crash neither loses nor doubles a row.

A service offers kinds; its room `imports` is three lines: `import_tables(tables.metadata)`,
`router = imports_router(KINDS)`, `effects = import_effects(KINDS)`. Nothing here knows what the rows mean.
"""

from collections.abc import Callable, Sequence
from typing import Any

from shared.due import Effect
from shared.imports.api import imports_router
from shared.imports.kinds import Cells, Column, Fate, Kind, Outcome, Refused, Rejected, Type
from shared.imports.running import ForgetFiles, RunImports
from shared.imports.tables import import_tables
from shared.runtime import Runtime

__all__ = ["Cells", "Column", "Fate", "Kind", "Outcome", "Refused", "Rejected", "Type"]
__all__ += ["import_effects", "import_tables", "imports_router"]


def import_effects(kinds: Sequence[Kind[Any]]) -> Callable[[Runtime], list[Effect]]:
    """What a room offers as `effects`."""
    return lambda runtime: [RunImports(runtime, kinds), ForgetFiles(runtime)]
