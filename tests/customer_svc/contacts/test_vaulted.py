"""Keys that came to no person are swept, and no other key is."""

from datetime import timedelta

from services.customer_svc.contacts.vaulted import sweep_keys
from shared.clock import utc_now
from shared.vault import Vault
from tests.customer_svc.system import Customer


async def test_the_sweep_leaves_the_keys_of_contacts(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com")
    vault = customer.runtime.vault
    assert isinstance(vault, Vault)
    unused = await vault.new_key()
    vault._clock = lambda: utc_now() + timedelta(hours=2)
    assert await sweep_keys(customer.runtime) >= 1
    assert unused.id not in await vault.keys([unused.id])
    assert (await customer.contact(ada))["email"] == "ada@example.com"
