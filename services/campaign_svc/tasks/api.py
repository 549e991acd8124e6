"""Tasks over HTTP: list, plan, change, claim, release, unclaim, done."""

from typing import Annotated

from fastapi import Response
from sqlmodel import Session, col, select

from services.campaign_svc.tasks import planning, work
from services.campaign_svc.tasks.models import DoneIn, State, Task, TaskIn, TaskOut, TaskPatch
from shared.principal import Principal
from shared.types import Text
from shared.web import (
    Db,
    IdempotencyKey,
    IfMatch,
    MayMatch,
    Order,
    Page,
    Paging,
    Router,
    allowed,
    errors,
    found_or_404,
    tagged,
)

router = Router(prefix="/v1/tasks", tags=["tasks"])

MayRead = Annotated[Principal, allowed("tasks:read")]
MayWrite = Annotated[Principal, allowed("tasks:write")]
MaySupervise = Annotated[Principal, allowed("tasks:supervise")]

ORDER = Order({"due_at": col(Task.due_at), "created_at": col(Task.created_at)}, default="due_at", tie=col(Task.id))


@router.get("")
async def list_tasks(
    db: Db,
    by: MayRead,
    asked: Annotated[Paging, ORDER.asked()],
    state: State | None = None,
    assignee: Text | None = None,
    claimed_by: Text | None = None,
    contact: Text | None = None,
    about: Text | None = None,
) -> Page[TaskOut]:
    """`about` is a contact, an ad campaign such as `search/brand`, or a channel; `claimed_by` is as a task shows it."""
    wanted = {Task.state: state, Task.assignee: assignee, Task.claimed_by: claimed_by, Task.about: about}
    query = select(Task).where(*(col(column) == value for column, value in wanted.items() if value is not None))
    if contact is not None:  # by `about`, which has the index
        query = query.where(col(Task.about) == contact, col(Task.contact_id) == contact)
    return await db.read(asked.page, query, TaskOut.of)


@router.post("", status_code=201)
async def plan_task(wanted: TaskIn, db: Db, by: MayWrite, once: IdempotencyKey, response: Response) -> TaskOut:
    """Plan a task by hand."""
    task = await db.write(planning.plan, wanted, by=by, once=once)
    response.headers["Location"] = f"/v1/tasks/{task.id}"
    return tagged(response, task)


@router.get("/{task_id}")
async def read_task(task_id: Text, db: Db, by: MayRead, response: Response) -> TaskOut:
    """What is to be done, about whom or what, and who has claimed it."""
    return tagged(response, await db.read(_task, task_id))


@router.patch("/{task_id}", responses=errors(409))
async def change_task(
    task_id: Text, patch: TaskPatch, db: Db, by: MayWrite, expected: IfMatch, response: Response
) -> TaskOut:
    """Absent: keep. Null: clear. Not once it is done."""
    return tagged(response, await db.write(planning.change, task_id, patch, expected, by=by, lane=task_id))


@router.post("/{task_id}/claim", responses=errors(409))
async def claim_task(task_id: Text, db: Db, by: MayWrite, expected: MayMatch, response: Response) -> TaskOut:
    """Of all who claim an open task exactly one gets it; the others get 409."""
    return tagged(response, await db.write(work.claim, task_id, expected, by=by, lane=task_id))


@router.post("/{task_id}/release", responses=errors(409))
async def release_task(task_id: Text, db: Db, by: MayWrite, expected: MayMatch, response: Response) -> TaskOut:
    """Let go of a task that you claimed: it is open again."""
    return tagged(response, await db.write(work.release, task_id, expected, by=by, lane=task_id))


@router.post("/{task_id}/unclaim", responses=errors(409))
async def unclaim_task(task_id: Text, db: Db, by: MaySupervise, expected: MayMatch, response: Response) -> TaskOut:
    """End whoever's claim, such as that of somebody who has left: the task is open again, and shows who did this."""
    return tagged(response, await db.write(work.unclaim, task_id, expected, by=by, lane=task_id))


@router.post("/{task_id}/done", responses=errors(409))
async def finish_task(
    task_id: Text, done: DoneIn, db: Db, by: MayWrite, expected: MayMatch, once: IdempotencyKey, response: Response
) -> TaskOut:
    """Finish a task that you claimed, with its outcome."""
    return tagged(response, await db.write(work.finish, task_id, done, expected, by=by, lane=task_id, once=once))


def _task(session: Session, task_id: str) -> TaskOut:
    return TaskOut.of(found_or_404(session, Task, task_id, "task"))
