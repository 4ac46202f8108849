"""Saved views of the list of customers."""

from typing import Annotated

from pydantic import Field

from regulars import customers
from regulars.api.calling import Calling, permission, resource
from regulars.api.shapes import In, Instant, Line, Out, Page, id_in_path, id_type

router = resource("views")


class View(Out):
    id: Annotated[str, id_type("view", "a saved view")]
    name: str = Field(examples=["Lapsed gold members"])
    owner_name: str = Field(examples=["Ada Byron"])
    filters: dict[str, str] = Field(examples=[{"stage": "lapsed"}])
    columns: tuple[str, ...] = Field(examples=[["contact", "tier", "trait:plan"]])
    shared: bool
    is_default: bool = Field(description="What its owner sees first.")
    changed_at: Instant


class NewView(In):
    name: Line = Field(examples=["Lapsed gold members"])
    filters: dict[str, str] = Field(default_factory=dict, examples=[{"stage": "lapsed", "tier": "Gold"}])
    columns: list[str] = Field(default_factory=list, examples=[["contact", "tier"]])
    shared: bool = False
    is_default: bool = False


@router.get("/customer-views", openapi_extra=permission("customers.view"))
def list_views(call: Calling) -> Page[View]:
    """One's own and shared views."""
    with call.enter() as entered:
        found = customers.saved_views(entered.tx, entered.actor)
        return Page(items=tuple(View.model_validate(one) for one in found))


@router.post("/customer-views", status_code=201, openapi_extra=permission("customers.view"))
def save_view(call: Calling, body: NewView) -> View:
    """Save one; one of one's own with the same name is replaced."""
    with call.enter() as entered:
        made = customers.save_view(
            entered.tx,
            entered.actor,
            body.name,
            body.filters,
            body.columns,
            at=entered.at,
            shared=body.shared,
            is_default=body.is_default,
        )
        return View.model_validate(made)


@router.delete("/customer-views/{view}", openapi_extra=permission("customers.view"))
def delete_view(call: Calling, view: Annotated[str, id_in_path("view", "the saved view")]) -> View:
    """Only its owner deletes a view; gives it as it was."""
    with call.enter() as entered:
        found = customers.saved_view(entered.tx, entered.actor, view)
        customers.delete_view(entered.tx, entered.actor, view)
        return View.model_validate(found)
