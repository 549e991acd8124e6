"""What the service says about itself: valid, with an example for each body, and no schema that is missing."""

from openapi_spec_validator import validate

from tests.customer_svc.system import Customer


async def test_the_description_is_valid_and_complete(customer: Customer) -> None:
    described = (await customer.client.get("/openapi.json")).json()
    validate(described)
    batch = described["paths"]["/v1/leads:batch"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert batch["properties"]["leads"]["items"]["$ref"].rpartition("/")[2] in described["components"]["schemas"]
    for name in ("LeadIn", "ContactPatch", "SearchIn", "ConsentIn", "RecipientsIn"):
        assert described["components"]["schemas"][name]["examples"], name
