"""Who does it: a claim has exactly one winner, who can let go or finish; who supervises can end it. Both are kept."""

from sqlalchemy import update
from sqlmodel import col, select

from services.campaign_svc.tasks.models import DoneIn, Task, TaskOut, tasks
from shared.database import Tx
from shared.database.sql import changed
from shared.problems import conflict, not_found
from shared.web import refuse_stale


def claim(tx: Tx, task_id: str, expected: int | None) -> TaskOut:
    """The winner's claim repeated is no conflict. Raises Problem 404, 409 for everybody else, 412."""
    won = (
        update(tasks)
        .where(tasks.c.id == task_id, tasks.c.state == "open")
        .values(state="claimed", claimed_by=tx.by.subject, claimed_at=tx.now, version=tasks.c.version + 1)
    )
    if expected is not None:
        won = won.where(tasks.c.version == expected)
    if changed(tx.session.execute(won)):
        return TaskOut.of(locked(tx, task_id))
    task = locked(tx, task_id)
    if task.state == "claimed" and task.claimed_by == tx.by.subject:
        return TaskOut.of(task)
    refuse_stale(expected, task.version)
    raise conflict(f"This task is {task.state}{' by somebody else' if task.state == 'claimed' else ''}.")


def release(tx: Tx, task_id: str, expected: int | None) -> TaskOut:
    return _opened(tx, _mine(tx, task_id, expected))


def unclaim(tx: Tx, task_id: str, expected: int | None) -> TaskOut:
    """Whoever has claimed it. Raises Problem 404, 409 where nobody has, 412."""
    return _opened(tx, _claimed(tx, task_id, expected))


def finish(tx: Tx, task_id: str, done: DoneIn, expected: int | None) -> TaskOut:
    task = _mine(tx, task_id, expected)
    task.state, task.outcome, task.done_at = "done", done.outcome, tx.now
    return _changed(tx, task)


def locked(tx: Tx, task_id: str) -> Task:
    """The task, held against others until the end of the transaction. Raises Problem 404."""
    task = tx.session.exec(select(Task).where(col(Task.id) == task_id).with_for_update()).first()
    if task is None:
        raise not_found("task")
    return task


def _claimed(tx: Tx, task_id: str, expected: int | None) -> Task:
    """Raises Problem 404, 412, and 409 where nobody has claimed it."""
    task = locked(tx, task_id)
    refuse_stale(expected, task.version)
    if task.state != "claimed":
        raise conflict(f"Nobody has claimed this task; it is {task.state}.")
    return task


def _mine(tx: Tx, task_id: str, expected: int | None) -> Task:
    """Raises Problem 404, 412, and 409 where the caller has not claimed it."""
    task = _claimed(tx, task_id, expected)
    if task.claimed_by != tx.by.subject:
        raise conflict("Somebody else has claimed this task.")
    return task


def _opened(tx: Tx, task: Task) -> TaskOut:
    task.state, task.claimed_by, task.claimed_at = "open", None, None
    task.released_by, task.released_at = tx.by.subject, tx.now
    return _changed(tx, task)


def _changed(tx: Tx, task: Task) -> TaskOut:
    task.version += 1
    tx.session.flush()
    return TaskOut.of(task)
