"""docs/access.md says of roles and scopes what the code says."""

from pathlib import Path

from shared.contracts.access import ROLES, ROLES_OF

PAGE = (Path(__file__).parents[2] / "docs" / "access.md").read_text()


def rows(head: str) -> list[list[str]]:
    """The cells of the table whose first column is called so."""
    table = PAGE.partition(f"\n| {head} |")[2].partition("\n\n")[0]
    return [
        [cell.strip(" `") for cell in line.removesuffix("|").removeprefix("|").split("|")]
        for line in table.splitlines()
    ]


def test_the_roles_are_described_as_in_the_code() -> None:
    assert [tuple(row) for row in rows("role")[2:]] == list(ROLES.items())


def test_the_table_of_scopes_is_the_one_in_the_code() -> None:
    head, _, *lines = rows("scope")
    assert head == list(ROLES)
    shown = {scope: {role for role, mark in zip(ROLES, marks, strict=True) if mark} for scope, *marks in lines}
    assert shown == ROLES_OF
