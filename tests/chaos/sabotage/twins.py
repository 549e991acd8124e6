"""`python -m tests.chaos.sabotage.twins serve ...`: the local system, with one promise broken: the one that SABOTAGE in
the environment names, or none.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

from services.__main__ import main
from services.analytics_svc.industries import handlers as industries
from services.analytics_svc.industries.moves import Moves
from services.analytics_svc.scoring import handlers as scoring
from services.campaign_svc.delivery import api, dispatch
from services.campaign_svc.delivery.letters import Letters

BROKEN = "SABOTAGE"


def withholds_everything() -> None:
    put(dispatch, "_withheld_because", lambda _: "no_consent")


def writes_to_somebody_else() -> None:
    write = Letters.write

    def misdirected(letters: Letters, action: Any, template: Any, to: Any, **options: Any) -> Any:
        return write(letters, action, template, to.model_copy(update={"address": f"x{to.address}"}), **options)

    put(Letters, "write", misdirected)


def counts_one_too_many() -> None:
    counted = api._summary

    def summary(*asked: Any) -> Any:
        right = counted(*asked)
        return right.model_copy(update={"planned": right.planned + 1})

    put(api, "_summary", summary)


def states_each_score_twice() -> None:
    state = scoring._state

    def twice(*of: Any) -> None:
        state(*of)
        state(*of)

    put(scoring, "_state", twice)


def takes_nothing_back_from_an_industry() -> None:
    class Growing(Moves):
        def add(self, row: Any, sign: int, as_of: Any) -> None:
            if sign > 0:
                super().add(row, sign, as_of)

    put(industries, "Moves", Growing)


TWINS: Mapping[str, Callable[[], None]] = {
    one.__name__: one
    for one in (
        withholds_everything,
        writes_to_somebody_else,
        counts_one_too_many,
        states_each_score_twice,
        takes_nothing_back_from_an_industry,
    )
}


def put(owner: Any, name: str, broken: Any) -> None:
    """As a plain assignment it would be no sabotage to mypy."""
    setattr(owner, name, broken)


if __name__ == "__main__":
    if twin := os.environ.get(BROKEN):
        TWINS[twin]()
    main()
