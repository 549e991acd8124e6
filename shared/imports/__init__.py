"""CSV files in, as jobs: read, mapped, checked row by row, stored so that a crash neither loses nor doubles a row.

A service offers kinds (`kinds`, and `shapes` for what their rows are). The room of its own where they can be sent has
two modules of three lines: `models.py` says `import_tables(tables.metadata)`, and `room.py`
`router, effects = imports_router(KINDS), import_effects(KINDS)`. Nothing here knows what the rows mean.
"""
