"""Traits of a customer with where they come from, corrected over the API; data quality."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from regulars import customers
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.shapes import CustomerInPath, In, Instant, Line, Out, Page, id_type, storable
from regulars.kernel import Finding, Invalid, public_id

router = resource("customers")
DEPTH_MAX = 32


class Trait(Out):
    name: str = Field(examples=["plan"])
    value: Any = Field(description="Masked for who may not see contacts.", examples=["gold"])
    occurred_at: Instant
    source: str = Field(description="The source of the event that told it.", examples=["shop"])
    origin: str = Field(
        description="hand, import, enrichment, form, computed; empty for a plain event.", examples=[""]
    )
    by: str = Field(description="Who wrote it by hand.", examples=[""])
    expires_at: Instant | None
    fits: bool = Field(description="Whether it has the declared type.")
    stands: bool
    event: Annotated[str, id_type("evt", "the event that told it")]


class Corrections(In):
    traits: dict[str, Any] = Field(
        description="Null takes a trait away.", examples=[{"plan": "gold"}], min_length=1, max_length=100
    )


class Accepted(Out):
    message_id: str = Field(description="Of the event that tells it; the profile follows within seconds.")


class TraitQuality(Out):
    name: str = Field(examples=["plan"])
    declared: str = Field(description="The declared type; empty for a discovered one.", examples=["text"])
    customers: int = Field(description="How many have it; of many millions of traits, about.")
    share: float = Field(description="Of all customers.", examples=[0.82])
    sources: tuple[str, ...] = Field(examples=[["shop"]])
    last_at: Instant


@router.get("/customers/{customer}/traits", openapi_extra=permission("customers.view"))
def list_traits(call: Calling, customer: CustomerInPath) -> Page[Trait]:
    """What stands of each told trait and where it comes from; computed ones stand with the customer."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        told = customers.told_traits(entered.tx, found.customer_id)
        return Page(items=tuple(_traits(entered, told)))


@router.get("/customers/{customer}/traits/history", openapi_extra=permission("customers.view"))
def trait_history(
    call: Calling, customer: CustomerInPath, name: Annotated[Line, Query(description="Of the trait.")]
) -> Page[Trait]:
    """Every value kept of one trait, the latest first."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        told = customers.trait_history(entered.tx, found.customer_id, name)
        return Page(items=tuple(_traits(entered, told)))


def _traits(entered: Entered, told: list[customers.Told]) -> list[Trait]:
    personal = frozenset() if entered.sees_contacts else customers.personal_traits(entered.tx)
    found = []
    for one in told:
        plain = {name: getattr(one, name) for name in Trait.model_fields if name not in ("event", "value")}
        shown = {one.name: one.value}
        if not entered.sees_contacts:
            shown = customers.masked_values(shown, personal)
        found.append(Trait(**plain, value=shown[one.name], event=public_id("evt", one.position)))
    return found


@router.post("/customers/{customer}/traits", status_code=202, openapi_extra=permission("customers.edit"))
def correct_traits(call: Calling, customer: CustomerInPath, body: Corrections) -> Accepted:
    """Write traits by hand, as an event like all others; audited."""
    check_traits(body.traits)
    with call.enter() as entered:
        found = customer_of(entered, customer)
        message_id = customers.correct_traits(
            entered.tx, entered.actor, found.customer_id, body.traits, at=entered.at
        )
        return Accepted(message_id=message_id)


def check_traits(value: Any, path: str = "traits", level: int = 0) -> None:
    """What a log cannot keep is refused here, at its place."""
    if level > DEPTH_MAX:
        raise Invalid(
            "The traits are nested too deeply.",
            [Finding(path=path[:200], code="traits.depth", message=f"Nest at most {DEPTH_MAX} levels.")],
        )
    try:
        for text in value if isinstance(value, dict) else [value] if isinstance(value, str) else []:
            storable(text)
    except ValueError as error:
        findings = [Finding(path=path[:200], code="text.unstorable", message=str(error))]
        raise Invalid("The traits hold a sign that cannot be kept.", findings) from error
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        check_traits(one, f"{path}.{name}", level + 1)


@router.get("/traits", openapi_extra=permission("customers.view"))
def list_known_traits(call: Calling) -> Page[TraitQuality]:
    """Every trait that is told, declared or discovered, the fullest first."""
    with call.enter() as entered:
        found = customers.quality(entered.tx)
        return Page(items=tuple(TraitQuality.model_validate(one) for one in found.traits))
