"""Ready-made definitions to begin with: traits, computed traits, a source of enrichment."""

from collections.abc import Mapping

import msgspec

from regulars.customers.consent_ready_made import STARTING_POLICIES
from regulars.customers.declaring import TraitBody
from regulars.customers.enrichment import EnrichmentBody
from regulars.customers.measure import ComputedTraitBody, Filter
from regulars.customers.quality_rule import QualityRule

STARTING_TRAITS: Mapping[str, TraitBody] = {
    "birthday": TraitBody(
        name="Birthday",
        trait="birthday",
        type="date",
        description="A day such as 1984-05-17; what is written otherwise shows as a conflict.",
        personal="sensitive",
    ),
    "city": TraitBody(
        name="City", trait="address.city", type="text", description="A place inside the trait address."
    ),
    "plan": TraitBody(
        name="Plan", trait="plan", type="text", description="What the customer is subscribed to."
    ),
}
STARTING_COMPUTED: Mapping[str, ComputedTraitBody] = {
    "favourite-product": ComputedTraitBody(
        name="Favourite product",
        description="What was looked at most often in the last 90 days.",
        measure="most_frequent",
        event="Product Viewed",
        value="product_id",
        days=90,
    ),
    "spent-30-days": ComputedTraitBody(
        name="Spent in 30 days",
        description="The sum of the orders of one currency.",
        measure="sum",
        of="orders",
        value="total",
        where=(Filter(property="currency", value="USD"),),
        days=30,
    ),
    "last-store": ComputedTraitBody(
        name="Last store",
        description="Where the latest order was made.",
        measure="last",
        of="orders",
        value="store",
    ),
}
STARTING_ENRICHMENTS: Mapping[str, EnrichmentBody] = {
    "company-data": EnrichmentBody(
        name="Company data",
        description="Asks a service of yours for the company behind an address.",
        url="https://enrichment.example/people/{email}",
        traits={"company.name": "company", "company.size": "company_size"},
        secret_header="Authorization",  # noqa: S106 - the name of a header
        expires_days=180,
    )
}
STARTING_RULES: Mapping[str, QualityRule] = {
    "reachable": QualityRule(
        name="Reachable by e-mail",
        description="Most customers can be written to.",
        trait="email",
        measure="completeness",
        at_least=0.8,
        owner="data@company.example",
    ),
    "addresses-of-their-own": QualityRule(
        name="Addresses of their own",
        description="Hardly anybody shares an address with somebody else.",
        trait="email",
        measure="uniqueness",
        at_least=0.98,
        owner="data@company.example",
    ),
    "plans-that-fit": QualityRule(
        name="Plans that fit",
        description="The shop writes the plan as it is declared.",
        trait="plan",
        measure="validity",
        at_least=0.99,
        owner="data@company.example",
    ),
}
STARTING: Mapping[str, Mapping[str, msgspec.Struct]] = {  # By the name of the kind, then by key.
    "trait": STARTING_TRAITS,
    "computed-trait": STARTING_COMPUTED,
    "enrichment": STARTING_ENRICHMENTS,
    "consent-policy": STARTING_POLICIES,
    "quality-rule": STARTING_RULES,
}
