"""What the service says about itself: valid, with an example for each body, and no schema that is missing."""

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel

from services.customer_svc.consent.models import ConsentOut, ConsentsOut
from services.customer_svc.contacts.views import ContactOut
from tests.customer_svc.system import Customer


async def test_the_description_is_valid_and_complete(customer: Customer) -> None:
    described = (await customer.client.get("/openapi.json")).json()
    validate(described)
    batch = described["paths"]["/v1/leads:batch"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert batch["properties"]["leads"]["items"]["$ref"].rpartition("/")[2] in described["components"]["schemas"]
    for name in ("LeadIn", "ContactPatch", "SearchIn", "ConsentIn", "RecipientsIn"):
        assert described["components"]["schemas"][name]["examples"], name


@pytest.mark.parametrize("shown", [ContactOut, ConsentOut, ConsentsOut])
def test_what_is_shown_of_a_person_has_a_whole_example(shown: type[BaseModel]) -> None:
    """One that leaves nothing out, and is what the service would say."""
    [example] = shown.model_json_schema()["examples"]
    assert example.keys() == shown.model_fields.keys()
    assert shown.model_validate(example).model_dump(mode="json") == example
