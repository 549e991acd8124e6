"""What contacts keep of scores, and who learns of it."""

from services.customer_svc.contacts.handlers import on_lead_scored
from tests.customer_svc.system import Customer
from tests.customer_svc.timeline.test_timeline import scored


async def changed_since(customer: Customer, moment: str) -> list[str]:
    answer = await customer.client.get("/v1/contacts", params={"updated_after": moment})
    return [contact["id"] for contact in answer.json()["items"]]


async def test_who_asks_for_what_changed_meets_a_new_score_and_no_old_one(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com")
    before = await customer.contact(ada)
    assert await changed_since(customer, before["updated_at"]) == []
    await customer.handle(on_lead_scored, [scored(ada, 2, 70)])
    assert await changed_since(customer, before["updated_at"]) == [ada]
    after = await customer.contact(ada)
    assert (after["score"], after["version"]) == (70, before["version"])
    await customer.handle(on_lead_scored, [scored(ada, 1, 10), scored(ada, 2, 20)])
    assert await customer.contact(ada) == after
