"""Segments before they are saved, and beside each other: estimates and overlaps."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from regulars import conditions, customers, insights
from regulars.api.calling import Calling, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import CustomerId, In, Line, Out
from regulars.insights import Editing
from regulars.kernel import Invalid, public_id

router = resource("segments")


class EstimateAsked(In):
    condition: dict[str, Any] = Field(
        description="As in a definition of the kind segment.",
        examples=[{"is": "order_count", "comparison": "at_least", "number": 2}],
    )
    segment: Line = Field(
        default="", description="Key of the segment it is to become.", examples=["regular-buyers"]
    )
    held_out_percent: float = Field(default=10.0, ge=0, le=50, description="Of a campaign.")
    editing: Line = Field(
        default="",
        description="A token of the page: a later request with it cancels the earlier ones.",
        examples=["b0c1"],
    )
    turn: int = Field(default=0, ge=0, lt=2**53, description="Grows with each request of an editing.")


class Person(Out):
    customer: CustomerId
    name: str | None = Field(examples=["Ada Lovelace"])


class Using(Out):
    kind: str = Field(examples=["campaign"])
    key: str = Field(examples=["win-back"])
    title: str
    state: str = Field(examples=["live"])


class Estimate(Out):
    sentence: str = Field(examples=["bought at least 2 times"])
    people: int = Field(description="Of whom it was asked, or reckoned.")
    asked: int = Field(description="Below `people`, all numbers are reckoned from those asked.")
    is_exact: bool
    matching: int
    reachable: dict[str, int] = Field(
        description="By channel, whom marketing may reach, as it is asked before a send.",
        examples=[{"email": 812}],
    )
    addresses: dict[str, int] = Field(
        description="Of those, different addresses: a message goes to each once.", examples=[{"email": 810}]
    )
    after_caps: dict[str, int] = Field(
        description="Of those, whom neither a frequency cap of the sending policy nor its holdout of all "
        "marketing keeps from a message now. Caps of one topic are not counted.",
        examples=[{"email": 800}],
    )
    after_holdout: dict[str, int] = Field(
        description="Of those, what a campaign would send to after its own holdout.",
        examples=[{"email": 720}],
    )
    held_out_percent: float
    entering: int = Field(description="Against who is in the segment now.")
    leaving: int
    sample: tuple[Person, ...]
    used_by: tuple[Using, ...]


class Overlapping(Out):
    key: str = Field(examples=["loyal"])
    title: str
    members: int


class Pair(Out):
    one: str = Field(examples=["loyal"])
    other: str = Field(examples=["active"])
    both: int
    either: int
    jaccard: float = Field(description="both / either.")


class Combination(Out):
    keys: tuple[str, ...] = Field(description="In exactly these of the segments.", examples=[["loyal"]])
    people: int


class Overlap(Out):
    segments: tuple[Overlapping, ...]
    pairs: tuple[Pair, ...]
    combinations: tuple[Combination, ...] = Field(
        description="The largest first; none of more than six segments."
    )
    people: int = Field(description="In any of them.")


@router.post(
    "/segments/estimate", openapi_extra=permission("customers.view"), responses=documented(400, 409, 413, 415)
)
def estimate(call: Calling, body: EstimateAsked) -> Estimate:
    """Who matches, can be reached, would be sent to, would enter and leave, before anything is saved.

    Answers 409 when a later request of the same editing came: nobody waits for this one.
    """
    with call.enter() as entered:
        at, person, sees_contacts = entered.at, entered.actor.person_id or 0, entered.sees_contacts
    wrong = conditions.problems(body.condition, "condition")
    if wrong:
        raise Invalid("The condition cannot be read.", wrong)
    condition = conditions.parse(body.condition)
    editing = Editing(token=body.editing, person=person, turn=body.turn) if body.editing else None
    found = insights.estimate(
        call.app.database,
        condition,
        at,
        zone=call.app.zone,
        key=body.segment,
        held_out_percent=body.held_out_percent,
        editing=editing,
        sees_contacts=sees_contacts,
    )
    with call.enter() as entered:
        people = customers.by_ids(entered.tx, found.sample)
    plain = {name: getattr(found, name) for name in Estimate.model_fields if hasattr(found, name)}
    shown = tuple(
        Person(customer=public_id("cus", number), name=people[number].name if number in people else None)
        for number in found.sample
    )
    using = tuple(Using.model_validate(one) for one in found.users)
    return Estimate(
        **{**plain, "sentence": conditions.sentence(condition), "sample": shown, "used_by": using}
    )


@router.get("/segments/overlap", openapi_extra=permission("definitions.view"))
def overlap(
    call: Calling,
    keys: Annotated[
        str,
        Query(
            max_length=4000,
            description="Of 2 to 30 segments, lists or stages, with commas between them.",
            examples=["loyal,lapsed"],
        ),
    ],
) -> Overlap:
    """How many people are in which segments together: pairs, and up to six segments every combination."""
    with call.enter() as entered:
        return Overlap.model_validate(
            insights.overlap(entered.tx, [one.strip() for one in keys.split(",") if one.strip()])
        )
