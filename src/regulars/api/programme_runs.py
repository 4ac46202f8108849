"""A programme as it runs: tried with a basket, paused, running again, closed."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Response
from pydantic import Field

from regulars import definitions, loyalty
from regulars.access import Approval
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.problems import documented
from regulars.api.shapes import Flag, In, Instant, Line, Note, Out, ProgrammeInPath, Text, id_type
from regulars.kernel import NotFound, public_id

router = resource("programmes")
CHANGES = documented(400, 409, 413, 415)
AMOUNT_MAX = 10**12
PLACE = "/programmes/{programme}"
RUN = permission("programmes.run", by="room")


class TriedLine(In):
    key: Line = Field(min_length=1, description="Its own in the basket.", examples=["1"])
    product: Line = Field(default="", examples=["espresso-1kg"])
    total_minor: Annotated[int, Field(ge=-AMOUNT_MAX, le=AMOUNT_MAX)] = Field(
        description="After discounts, in the smallest unit.", examples=[1990]
    )
    quantity: Decimal = Field(default=Decimal(1), ge=0, le=10**9, strict=False, examples=["1"])
    categories: list[Line] | None = Field(
        default=None,
        max_length=20,
        description="Without them, as the catalogue has the product.",
        examples=[["Coffee"]],
    )
    brand: Line | None = Field(default=None, description="Without it, as the catalogue has the product.")

    def line(self) -> loyalty.BasketLine:
        categories = None if self.categories is None else tuple(self.categories)
        return loyalty.BasketLine(**self.model_dump(exclude={"categories"}), categories=categories)


class Trying(In):
    customer: Text | None = Field(
        default=None,
        max_length=40,
        description="Public id; without it, somebody nobody knows.",
        examples=["cus_1000"],
    )
    at: Instant | None = Field(default=None, description="When it is bought; without it, now.")
    draft: Flag = Field(default=False, description="By the draft that stands, instead of what is in force.")
    money: str = Field(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["EUR"])
    lines: list[TriedLine] = Field(default=[], max_length=500)
    total_minor: Annotated[int, Field(ge=0, le=AMOUNT_MAX)] | None = Field(
        default=None,
        description="What the order comes to; without it, what the lines come to.",
        examples=[None],
    )
    store: Line = Field(default="", examples=["north"])
    channel: Line = Field(default="", description="The source that tells the order.", examples=["till"])

    def basket(self) -> loyalty.Basket:
        return loyalty.Basket(
            money=self.money,
            lines=tuple(one.line() for one in self.lines),
            total_minor=self.total_minor,
            store=self.store,
            channel=self.channel,
        )


class TryingEvent(In):
    customer: Text | None = Field(
        default=None,
        max_length=40,
        description="Public id; without it, somebody nobody knows.",
        examples=["cus_1000"],
    )
    at: Instant | None = Field(default=None, description="When it happens; without it, now.")
    draft: Flag = Field(default=False, description="By the draft that stands, instead of what is in force.")
    event: Line = Field(
        min_length=1, description="As the tracking plan calls it.", examples=["Review Written"]
    )
    properties: dict[Line, str | int | float | bool | None] = Field(
        default={}, max_length=100, description="What it tells.", examples=[{"stars": 5}]
    )
    channel: Line = Field(default="", description="The source that tells it.", examples=["shop"])


class TriedPart(Out):
    line: str = Field(examples=["1"])
    figure: int = Field(
        description="What is counted: money in its smallest unit, anything else in thousandths."
    )
    factor: int = Field(description="In per cent: 200 is double.", examples=[200])
    multipliers: tuple[str, ...] = Field(description="What makes the factor.", examples=[["club/Gold"]])
    points: int
    cut: int = Field(description="What caps and budgets took off it.")


class TriedCut(Out):
    by: str = Field(examples=["cap"])
    points: int
    words: str = Field(examples=["the cap of 500 points a month is reached: 80 instead of 120"])


class TriedAward(Out):
    rule: str = Field(examples=["spend"])
    title: str
    currency: str = Field(examples=["points"])
    points: int
    parts: tuple[TriedPart, ...]
    cuts: tuple[TriedCut, ...]


class TriedSkip(Out):
    rule: str = Field(description="Or multiplier; empty of what concerns every rule.")
    line: str | None = Field(description="Null: of the whole basket.")
    code: str = Field(examples=["weekday"])
    words: str = Field(examples=["only on Tuesdays"])


class TriedPayment(Out):
    points: int = Field(description="The most that may pay.")
    worth_minor: int
    money: str
    currency: str
    least: int
    step: int
    rate: str = Field(examples=["100 points for 1.00 EUR"])
    reasons: tuple[str, ...] = Field(description="What limits it.")


class Tried(Out):
    version: int | None = Field(description="That rules the instant; null of a draft, and when none does.")
    awards: tuple[TriedAward, ...]
    skipped: tuple[TriedSkip, ...]
    payable: TriedPayment | None = Field(description="Null: the programme takes no points for payment.")
    joins: bool = Field(description="Whether the customer becomes a member with it.")
    welcome: int
    with_joining: tuple[TriedAward, ...] = Field(description="What it would earn who is no member.")


class VersionRun(Out):
    version: int
    live_from: Instant
    stores: tuple[str, ...] | None = Field(description="Where it holds; null: everywhere.")
    percent: int | None = Field(description="Of the customers for whom it holds; null: for all.")
    coming: bool = Field(description="Whether it begins later.")


class Run(Out):
    key: str
    name: str
    state: Literal["running", "paused", "closed", "coming", "ended"]
    paused_at: Instant | None
    closing_at: Instant | None = Field(description="From then on nothing earns.")
    spend_until: Instant | None = Field(description="What is left then expires.")
    versions: tuple[VersionRun, ...]


class Because(In):
    reason: Note = Field(default="", examples=["A till counts twice"])


class Closing(In):
    closing_at: Instant | None = Field(
        default=None, description="From when nothing earns; without it, at once.", examples=[None]
    )
    spend_until: Instant = Field(description="Until when points can be spent; what is left expires then.")
    reason: Note = ""


class Ran(Out):
    outcome: Literal["done"] = "done"
    sentence: str


class Asked(Out):
    """It is above your level: others are asked."""

    outcome: Literal["requested"] = "requested"
    approval: Annotated[str, id_type("apr", "the request for approval")]
    reason: str


ASKED: dict[int | str, dict[str, Any]] = {
    202: {"model": Asked, "description": "Asked for approval."},
    **CHANGES,
}


@router.get(f"{PLACE}/run", openapi_extra=permission("loyalty.view"))
def run(call: Calling, programme: ProgrammeInPath) -> Run:
    """How it stands: whether it earns, what holds for whom, what is planned."""
    with call.enter() as entered:
        found = loyalty.programme_run(entered.tx, programme)
        return Run(
            key=found.key,
            name=found.name,
            state=found.state(entered.at),
            paused_at=found.paused_at,
            closing_at=found.closing_at,
            spend_until=found.spend_until,
            versions=tuple(VersionRun.model_validate(one) for one in found.versions),
        )


@router.post(f"{PLACE}/try", openapi_extra=permission("loyalty.view"), responses=documented(400, 413, 415))
def try_basket(call: Calling, programme: ProgrammeInPath, body: Trying) -> Tried:
    """What a basket earns a member at an instant, line by line, and why not more; nothing is written."""
    with call.enter() as entered:
        customer = customer_of(entered, body.customer) if body.customer is not None else None
        draft = _draft(entered, programme) if body.draft else None
        priced = loyalty.preview_basket(
            entered.tx,
            programme,
            customer.customer_id if customer else None,
            body.basket(),
            body.at or entered.at,
            draft=draft,
        )
        return Tried.model_validate(priced)


@router.post(
    f"{PLACE}/try-event", openapi_extra=permission("loyalty.view"), responses=documented(400, 413, 415)
)
def try_event(call: Calling, programme: ProgrammeInPath, body: TryingEvent) -> Tried:
    """What an event earns a member at an instant, by each rule, and why not more; nothing is written."""
    with call.enter() as entered:
        customer = customer_of(entered, body.customer) if body.customer is not None else None
        draft = _draft(entered, programme) if body.draft else None
        priced = loyalty.preview_event(
            entered.tx,
            programme,
            customer.customer_id if customer else None,
            body.event,
            body.properties,
            body.at or entered.at,
            channel=body.channel,
            draft=draft,
        )
        return Tried.model_validate(priced)


@router.post(f"{PLACE}/pause", openapi_extra=RUN, responses=ASKED)
def pause(call: Calling, response: Response, programme: ProgrammeInPath, body: Because) -> Ran | Asked:
    """Nothing that occurs from now on earns, until it runs again; above your level it is asked for."""
    with call.enter() as entered:
        done = loyalty.pause_programme(
            entered.tx, entered.actor, programme, at=entered.at, reason=body.reason
        )
    return _told(response, done)


@router.post(f"{PLACE}/resume", openapi_extra=RUN, responses=ASKED)
def resume(call: Calling, response: Response, programme: ProgrammeInPath, body: Because) -> Ran | Asked:
    """Ends a pause, and takes back a closing that has not come."""
    with call.enter() as entered:
        done = loyalty.resume_programme(
            entered.tx, entered.actor, programme, at=entered.at, reason=body.reason
        )
    return _told(response, done)


@router.post(f"{PLACE}/close", openapi_extra=RUN, responses=ASKED)
def close(call: Calling, response: Response, programme: ProgrammeInPath, body: Closing) -> Ran | Asked:
    """Nothing earns from an instant on; points can be spent for a while, then what is left expires."""
    with call.enter() as entered:
        done = loyalty.close_programme(
            entered.tx,
            entered.actor,
            programme,
            closing_at=body.closing_at,
            spend_until=body.spend_until,
            at=entered.at,
            reason=body.reason,
        )
    return _told(response, done)


def _draft(entered: Entered, programme: str) -> loyalty.Programme:
    found = definitions.draft(entered.tx, loyalty.PROGRAMME, programme)
    if found is None:
        raise NotFound(f"The programme {programme[:80]!r} has no draft; save one, or try what is in force.")
    return found.body


def _told(response: Response, done: loyalty.Ran) -> Ran | Asked:
    asked: Approval | None = done.asked
    if asked is None:
        return Ran(sentence=done.sentence)
    response.status_code = 202
    name = public_id("apr", asked.approval_id)
    response.headers["Location"] = f"/api/v1/approvals/{name}"
    return Asked(approval=name, reason=done.sentence)
