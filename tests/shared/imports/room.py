"""The whole room of a made-up service, as a service has it."""

from shared.imports.room import import_effects, imports_router
from tests.shared.imports.parcels import PARCELS

router = imports_router([PARCELS])
effects = import_effects([PARCELS])
