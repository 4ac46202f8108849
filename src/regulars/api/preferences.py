"""The customers' preference centre: links to hand over, withdrawing them all, and how it is used."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query
from pydantic import Field

from regulars import preferences
from regulars.api.calling import Calling, permission, resource
from regulars.api.customers import customer_of
from regulars.api.problems import documented
from regulars.api.shapes import CustomerInPath, Day, Instant, Number, Out
from regulars.kernel import day_bounds, local_day

router = resource("preferences")
REFUSALS = documented(409)
WEEKS_MAX = 104
Weeks = Annotated[Number, Query(ge=1, le=WEEKS_MAX, description="How many weeks back.", examples=[12])]


class PreferenceLink(Out):
    """An address that opens the customer's own page; whoever has it can change what they hear of."""

    url: str = Field(examples=["https://shop.example/p/Zk3…"])
    good_until: Instant


class Withdrawn(Out):
    generation: int = Field(description="Of the links that are made from now on.", examples=[2])


class OptOut(Out):
    week: Day = Field(description="Its Monday.")
    channel: str = Field(examples=["email"])
    topic: str = Field(description="Empty: the channel as a whole.", examples=["news"])
    people: int


class Figures(Out):
    visits: dict[str, int] = Field(
        description="What was done how often; programs that open links count too.", examples=[{"seen": 412}]
    )
    opt_outs: tuple[OptOut, ...]


@router.post(
    "/customers/{customer}/preferences-link",
    status_code=201,
    openapi_extra=permission("preferences.link"),
    responses=REFUSALS,
)
def make_link(call: Calling, customer: CustomerInPath) -> PreferenceLink:
    """Make a link to hand over to a customer; it shows nothing personal. Audited."""
    with call.enter() as entered:
        person = customer_of(entered, customer)
        base = entered.app.settings.address
        url = preferences.link(entered.tx, person.customer_id, base, now=entered.now)
        until = preferences.good_until("staff", entered.now)
        entered.record("preferences.link", kind="customer", subject=person.id)
        return PreferenceLink(url=url, good_until=until)


@router.post("/preferences/withdraw-links", openapi_extra=permission("preferences.withdraw_links"))
def withdraw_links(call: Calling) -> Withdrawn:
    """Let no link that was made before open any more, those in messages that have left included."""
    with call.enter() as entered:
        generation = preferences.withdraw_links(entered.tx)
        entered.record(
            "preferences.withdraw_links",
            kind="preferences",
            subject="links",
            after={"generation": generation},
        )
        return Withdrawn(generation=generation)


@router.get("/preferences/figures", openapi_extra=permission("figures.view"))
def figures(call: Calling, weeks: Weeks = 12) -> Figures:
    """How the page is used, and how many people withdrew which topic in each week."""
    with call.enter() as entered:
        zone = entered.app.zone
        since = local_day(entered.at, zone) - timedelta(weeks=weeks)
        start, _ = day_bounds(since, zone)
        return Figures(
            visits=preferences.visits(entered.tx, since),
            opt_outs=tuple(
                OptOut.model_validate(one) for one in preferences.opt_outs(entered.tx, start, zone)
            ),
        )
