"""Data quality: figures of each trait and source by day, the rules, and the customers concerned."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query
from pydantic import Field

from regulars import customers
from regulars.api.calling import Calling, permission, resource
from regulars.api.customers import Customer
from regulars.api.shapes import Cursor, Day, Instant, Limit, Line, Number, Out, Page
from regulars.customers import FRESH_DAYS, Measure
from regulars.kernel import local_day

router = resource("customers")
SHOWN_DAYS, DAYS_MAX = 90, 3650

OfTrait = Annotated[Line, Query(description="As it is told.", min_length=1, examples=["email"])]
OfSource = Annotated[Line, Query(description="Only what this source tells; left out: all of them.")]


class QualityFigure(Out):
    day: Day
    trait: str = Field(examples=["email"])
    source: str = Field(description="Empty: all of them.", examples=["shop"])
    customers: int = Field(description="Who have a value.", examples=[1204])
    of_whom: int = Field(
        description="Of how many: everybody, or those of whom the source tells.", examples=[1500]
    )
    unfit: int = Field(description="Whose latest value does not fit the declared type.", examples=[3])
    shared: int = Field(description="Whose value somebody else has too, of contacts.", examples=[2])
    fresh: int = Field(description=f"Whose value was told within {FRESH_DAYS} days.", examples=[800])
    completeness: float | None = Field(description="Null: nothing to measure.", examples=[0.803])
    validity: float | None = Field(examples=[0.998])
    uniqueness: float | None = Field(examples=[0.998])
    freshness: float | None = Field(examples=[0.664])


class QualityRule(Out):
    key: str = Field(description="Of the definition.", examples=["reachable"])
    title: str = Field(examples=["Reachable by e-mail"])
    sentence: str
    trait: str = Field(examples=["email"])
    source: str = Field(examples=[""])
    measure: Measure
    at_least: float = Field(examples=[0.8])
    owner: str = Field(description="Who is told when it breaks.", examples=["ada@example.com"])
    kept: bool | None = Field(description="Null: nothing to measure yet.")
    since: Instant | None = Field(description="Of this state.")
    share: float | None = Field(examples=[0.803])
    concerned: int | None = Field(description="Customers who stand in the way.", examples=[296])
    checked_at: Instant | None


@router.get("/quality/figures", openapi_extra=permission("customers.view"))
def list_quality_figures(
    call: Calling,
    trait: OfTrait,
    source: OfSource | None = None,
    since: Annotated[Day | None, Query(description=f"Left out: {SHOWN_DAYS} days back.")] = None,
) -> Page[QualityFigure]:
    """A trait by source and day; a day without figures stands as the one before, since nothing was told."""
    with call.enter() as entered:
        today = local_day(entered.at, entered.app.zone)
        courses = customers.quality_courses(
            entered.tx, trait, since=since or today - timedelta(days=SHOWN_DAYS), until=today, source=source
        )
        found = [QualityFigure.model_validate(day) for course in courses for day in course.days]
        return Page(items=tuple(found))


@router.get("/quality/rules", openapi_extra=permission("customers.view"))
def list_quality_rules(call: Calling) -> Page[QualityRule]:
    """The live rules with how they stand, broken ones first; definitions of the kind quality-rule."""
    with call.enter() as entered:
        return Page(items=tuple(_rule(one) for one in customers.quality_rules(entered.tx)))


def _rule(one: customers.RuleState) -> QualityRule:
    body, stands = one.body, one.standing
    return QualityRule(
        key=one.key,
        title=one.title,
        sentence=one.sentence,
        trait=body.trait,
        source=body.source,
        measure=body.measure,
        at_least=body.at_least,
        owner=body.owner,
        kept=stands.kept if stands else None,
        since=stands.since if stands else None,
        share=stands.share if stands else None,
        concerned=stands.concerned if stands else None,
        checked_at=stands.checked_at if stands else None,
    )


@router.get("/quality/customers", openapi_extra=permission("customers.view"))
def list_customers_concerned(
    call: Calling,
    trait: OfTrait,
    measure: Annotated[Measure, Query(description="What is found wanting.")],
    source: OfSource = "",
    days: Annotated[Number, Query(ge=1, le=DAYS_MAX, description="Of freshness.")] = FRESH_DAYS,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Customer]:
    """The customers without a trait, whose value does not fit, is not theirs alone, or is old; as of now."""
    with call.enter() as entered:
        found = customers.concerned(
            entered.tx,
            measure,
            trait,
            source=source,
            days=days,
            at=entered.at,
            cursor=cursor,
            limit=limit,
        )
        seen = entered.sees_contacts
        personal = frozenset() if seen else customers.personal_traits(entered.tx)
        shown = [customers.masked(one, may_see_contacts=seen, personal=personal) for one in found.items]
        return Page(items=tuple(Customer.model_validate(one) for one in shown), next=found.next)
