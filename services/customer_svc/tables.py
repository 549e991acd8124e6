"""The tables of customer_svc: one metadata of its own, the kernel's tables in it."""

from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.database.tables import kernel_tables

tables = registry()
kernel_tables(tables.metadata)


class Table(SQLModel, registry=tables):
    """Base of every stored class of this service."""
