"""The id of a request, the caller's where it is sane, else ours: in the answer, the log and every problem."""

import re

from structlog.contextvars import get_contextvars

from shared.ids import new_id

_SANE = re.compile(r"[A-Za-z0-9._:-]{8,64}")


def current_request_id() -> str:
    """Empty outside a request. It lives where the log finds it, as the context variable `request_id`."""
    return str(get_contextvars().get("request_id", ""))


def adopted(offered: str) -> str:
    """No `@`, no blanks, bounded: what a caller sends here reaches the log."""
    return offered if _SANE.fullmatch(offered) else new_id("req")
