"""Where tasks come from: an action of a journey, once, or a person."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from services.campaign_svc.tasks.models import Task, TaskIn, TaskOut, TaskPatch, tasks
from services.campaign_svc.tasks.titles import title_of
from services.campaign_svc.tasks.work import locked
from shared.database import Tx
from shared.database.sql import insert_new
from shared.ids import new_id
from shared.problems import conflict
from shared.web import refuse_stale


def task_for(tx: Tx, action: Mapping[str, Any]) -> None:
    """The task of an action, in the transaction that ends it. A second one breaks the unique rule and is not made."""
    config = action["config"]
    seconds = config.get("due_in_seconds")
    row = {
        "id": new_id("tsk"),
        "action_id": action["id"],
        "about": action["about"],
        "contact_id": action["contact_id"],
        "title": title_of(config["title"], config.get("facts") or {}),
        "assignee": config.get("assignee"),
        "due_at": None if seconds is None else tx.now + timedelta(seconds=seconds),
        "state": "open",
        "created_at": tx.now,
        "created_by": tx.by.subject,
        "version": 1,
    }
    insert_new(tx.session, tasks, [row], returning="id")


def plan(tx: Tx, wanted: TaskIn) -> TaskOut:
    task = Task(
        id=new_id("tsk"),
        about=wanted.contact_id,
        created_at=tx.now,
        created_by=tx.by.subject,
        **wanted.model_dump(),
    )
    tx.session.add(task)
    tx.session.flush()
    return TaskOut.of(task)


def change(tx: Tx, task_id: str, patch: TaskPatch, expected: int) -> TaskOut:
    """Raises Problem 404, 409 for one that is done, 412, 428."""
    task = locked(tx, task_id)
    refuse_stale(expected, task.version)
    if task.state == "done":
        raise conflict("This task is done; plan a new one.")
    for name, value in patch.model_dump(exclude_unset=True).items():
        setattr(task, name, value)
    task.version += 1
    tx.session.flush()
    return TaskOut.of(task)
