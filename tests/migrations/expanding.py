"""Whether a migration only adds: the release before must go on working on the schema that it leaves.

Read from the file, not run: what it says is what counts on both databases.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

REMOVES = {
    "drop_table": "drops a table",
    "drop_column": "drops a column",
    "rename_table": "renames a table",
    "execute": "runs SQL of its own that is no UPDATE or INSERT",
}
NARROWS = {
    "create_unique_constraint": "adds a unique rule that rows of the release before may break",
    "create_check_constraint": "adds a check that rows of the release before may break",
    "create_foreign_key": "adds a reference that rows of the release before may lack",
}
CHANGES = {
    "new_column_name": "renames a column",
    "type_": "changes a column's type",
    "nullable": "changes what may be null",
}


def breaks(migration: Path) -> list[str]:
    """What in it the release before could not live with, as sentences with their lines."""
    return [f"line {call.lineno}: {why}" for call in _calls(migration) for why in _why(call)]


def _why(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if (why := (REMOVES | NARROWS).get(name)) and not _fills(call):
        yield why
    if name == "create_index" and _is(given.get("unique"), True):
        yield NARROWS["create_unique_constraint"]
    if name == "alter_column":
        yield from (CHANGES[one] for one in given if one in CHANGES and not _widens(one, given[one]))
    if name == "add_column":
        yield from (_lacking(column) for column in call.args if isinstance(column, ast.Call) and _is_new(column))


def _is_new(column: ast.Call) -> bool:
    """A column that must be filled, and is not filled by the database."""
    given = {keyword.arg: keyword.value for keyword in column.keywords}
    return _is(given.get("nullable"), False) and "server_default" not in given


def _lacking(column: ast.Call) -> str:
    name = str(column.args[0].value) if column.args and isinstance(column.args[0], ast.Constant) else "a column"
    return f"adds {name}, which the release before does not fill: it needs a server_default, or to be nullable"


def _fills(call: ast.Call) -> bool:
    """SQL that gives new columns their values."""
    said = call.args[0] if call.args else None
    text = said.value if isinstance(said, ast.Constant) else None
    return isinstance(text, str) and text.lstrip().upper().startswith(("UPDATE ", "INSERT "))


def _widens(what: str, value: ast.expr) -> bool:
    return what == "nullable" and _is(value, True)


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _calls(migration: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(migration.read_text())) if isinstance(node, ast.Call)]
