"""`python -m tests.chaos.sabotage.adding serve ...`: the local system, but a revision is added to what it revises.

So would be a roll-up that takes each report for news, instead of moving by the difference.
"""

from services.__main__ import main
from services.analytics_svc.channels import rollups
from services.analytics_svc.channels.figures import Row, Vector, differences


def _all_of_it(before: Row | None, after: Row) -> dict[tuple[str, str], Vector]:
    return differences(None, after)


if __name__ == "__main__":
    setattr(rollups, "differences", _all_of_it)  # noqa: B010  see the other twins
    main()
