"""Approaches, compared and over time; scores by group and cell."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import Field

from regulars import definitions, segments
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.shapes import Day, Instant, Money, Out, Page, key_in_path, money
from regulars.kernel import Finding, Invalid, day_bounds, local_day
from regulars.segments import ApproachFigures, SegmentationBody, StageFigure

router = resource("segments")
ApproachInPath = Annotated[str, key_in_path("the approach", "lifecycle")]
ScoringInPath = Annotated[str, key_in_path("the scoring", "rfm")]
Asked = Annotated[Day | None, Query(description="A local day.")]
DAYS = 30


class ApproachStage(Out):
    stage: str = Field(examples=["champions"])
    title: str = Field(examples=["Champions"])
    customers: int
    buyers: int = Field(description="Who bought in the period.")
    value: Money = Field(description="Net revenue of the period by those who stand in it now.")
    customers_before: int | None = Field(
        description="Who stood in it when the period began; null: not known."
    )
    value_after: Money | None = Field(description="What these brought in the period.")


class Approach(Out):
    key: str = Field(examples=["rfm"])
    title: str = Field(examples=["RFM groups"])
    customers: int | None = Field(description="Null until the figures are counted, at midnight.")
    largest_share: float | None = Field(description="Of the largest stage.")
    separates: float | None = Field(
        description="Share of the variance of the period's net revenue that the stages explain in which "
        "customers stood when it began (eta squared); null: not known."
    )
    days: int | None = Field(description="Of the period.", examples=[90])
    at: Instant | None
    stages: tuple[ApproachStage, ...]


class Moved(Out):
    before: str | None = Field(description="Stage at the beginning; null: not known to us yet.")
    after: str | None = Field(description="Stage at the end; null: no longer there.")
    customers: int


class Moves(Out):
    before: Instant
    after: Instant
    known: bool = Field(description="False: who stood where at the beginning is not known.")
    how: str = Field(description="How the beginning is known.", examples=["as it was seen"])
    moved: tuple[Moved, ...]


class ScoreCell(Out):
    group: str = Field(examples=["champions"])
    recency: int = Field(description="Fifth, 5 the latest; 0 where the method has none.", examples=[5])
    frequency: int = Field(examples=[4])
    monetary: int = Field(examples=[5])
    cluster: int = Field(description="0 where the method has none.", examples=[0])
    customers: int
    orders: int
    mean_days: float = Field(description="Since the last order.", examples=[6.5])
    value: Money


class Scores(Out):
    key: str = Field(examples=["rfm"])
    at: Instant
    cells: tuple[ScoreCell, ...]


@router.get("/approaches", openapi_extra=permission("definitions.view"))
def list_approaches(call: Calling) -> Page[Approach]:
    """Every live approach with its stages and what they bring, as last counted."""
    with call.enter() as entered:
        figures = {one.key: one for one in segments.approach_figures(entered.tx)}
        live = definitions.all_live(entered.tx, segments.SEGMENTATION)
        return Page(items=tuple(_approach(one.key, one.body, figures.get(one.key)) for one in live))


@router.get("/approaches/{approach}", openapi_extra=permission("definitions.view"))
def get_approach(call: Calling, approach: ApproachInPath) -> Approach:
    """One approach with its stages and what they bring, as last counted."""
    with call.enter() as entered:
        body = segments.approach_body(entered.tx, approach)
        figures = segments.approach_figures(entered.tx, approach)
        return _approach(approach, body, figures[0] if figures else None)


@router.get("/approaches/{approach}/moves", openapi_extra=permission("definitions.view"))
def list_moves(call: Calling, approach: ApproachInPath, before: Asked = None, after: Asked = None) -> Moves:
    """Who moved from stage to stage between two days; without days, in the last thirty."""
    with call.enter() as entered:
        body = segments.approach_body(entered.tx, approach)
        start, end = _between(entered, before, after)
        found = segments.migration(entered.tx, approach, start, end, zone=entered.app.zone)
    keys = [stage.key for stage in body.stages]
    return Moves(
        before=start,
        after=end,
        known=found is not None,
        how=found.how if found else "",
        moved=tuple(
            Moved(
                before=None if one.before is None else keys[one.before],
                after=None if one.after is None else keys[one.after],
                customers=one.customers,
            )
            for one in (found.moved if found else ())
        ),
    )


@router.post("/approach-figures", openapi_extra=permission("segments.draft"))
def count_approaches(call: Calling) -> Page[Approach]:
    """Work the figures out now instead of at midnight."""
    with call.enter() as entered:
        segments.count_figures(entered.tx, entered.at)
        figures = {one.key: one for one in segments.approach_figures(entered.tx)}
        live = definitions.all_live(entered.tx, segments.SEGMENTATION)
        return Page(items=tuple(_approach(one.key, one.body, figures.get(one.key)) for one in live))


@router.get("/scorings/{scoring}/scores", openapi_extra=permission("definitions.view"))
def get_scores(call: Calling, scoring: ScoringInPath, on: Asked = None) -> Scores:
    """Customers who are scored alike, together; without a day, as last scored."""
    with call.enter() as entered:
        last = segments.last_scored(entered.tx, scoring)
        at = min(last, day_bounds(on, entered.app.zone)[1]) if on else last
        found = definitions.live(entered.tx, segments.SCORING, scoring)
        currency = found.body.currency if found else "XXX"
        totals = segments.totals(entered.tx, scoring, at)
        return Scores(
            key=scoring,
            at=totals[0].at if totals else at,
            cells=tuple(
                ScoreCell(
                    group=one.group_key,
                    recency=one.recency,
                    frequency=one.frequency,
                    monetary=one.monetary,
                    cluster=one.cluster,
                    customers=one.customers,
                    orders=one.orders,
                    mean_days=round(one.days / one.customers, 2),
                    value=money(one.value_minor, currency),
                )
                for one in totals
            ),
        )


def _between(entered: Entered, before: date | None, after: date | None) -> tuple[datetime, datetime]:
    zone = entered.app.zone
    last = after or local_day(entered.at, zone)
    first = before or last - timedelta(days=DAYS)
    start, end = day_bounds(first, zone)[0], min(entered.at, day_bounds(last, zone)[1])
    if start >= end:
        wrong = Finding(path="before", code="segments.days", message="The first day lies before the second.")
        raise Invalid("Who moved is asked from one day to a later one.", [wrong])
    return start, end


def _approach(key: str, body: SegmentationBody, figures: ApproachFigures | None) -> Approach:
    titles = {stage.key: stage.name for stage in body.stages}
    return Approach(
        key=key,
        title=body.name,
        customers=figures.customers if figures else None,
        largest_share=figures.largest_share if figures else None,
        separates=figures.separates if figures else None,
        days=figures.stages[0].days if figures else None,
        at=figures.stages[0].at if figures else None,
        stages=tuple(_stage(one, titles) for one in (figures.stages if figures else ())),
    )


def _stage(one: StageFigure, titles: dict[str, str]) -> ApproachStage:
    return ApproachStage(
        stage=one.stage,
        title=titles.get(one.stage, one.stage),
        customers=one.customers,
        buyers=one.buyers,
        value=money(one.value_minor, one.currency),
        customers_before=one.customers_before if one.known_before else None,
        value_after=money(one.value_after_minor, one.currency) if one.known_before else None,
    )
