"""The tables of the room: those of every service's imports."""

from services.campaign_svc.tables import tables
from shared.imports.tables import import_tables

import_tables(tables.metadata)
