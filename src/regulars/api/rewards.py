"""Rewards of a programme: what a member can have, redeeming, stock, and redemptions on their way."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from regulars import access, loyalty, offers, rewards
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.problems import documented
from regulars.api.shapes import (
    Cursor,
    CustomerId,
    CustomerInPath,
    In,
    Instant,
    Limit,
    Line,
    Money,
    Note,
    Out,
    Page,
    ProgrammeInPath,
    id_in_path,
    id_type,
    key_in_path,
    money,
)
from regulars.api.voucher_pools import Voucher, voucher
from regulars.api.vouchers import Reason
from regulars.api.write_ids import IdempotencyKey, WriteId, chosen_key
from regulars.kernel import parse_public_id, public_id

router = resource("rewards")
RewardInPath = Annotated[str, key_in_path("the reward", "five-voucher")]
RedemptionInPath = Annotated[str, id_in_path("rdm", "the redemption")]
RewardKey = Annotated[Line, Field(min_length=1, examples=["five-voucher"])]


class Reward(Out):
    key: str = Field(examples=["five-voucher"])
    name: str = Field(examples=["5 off your next purchase"])
    description: str
    image: str
    programme: str = Field(examples=["points_club"])
    sentence: str
    version: int
    live: bool
    points: int = Field(description="In the currency's smallest unit.", examples=[200])
    fulfilment: rewards.Fulfilment
    stock: int | None = Field(description="Null: there are always enough.")
    low: bool = Field(description="Whether its stock runs low.")
    cost: Money | None = Field(description="What one costs the company.")
    redeemed: int
    open: int = Field(description="Redemptions for which somebody has to do something.")


class Choice(Out):
    """A reward as one member sees it."""

    key: str
    name: str
    description: str
    image: str
    points: int = Field(description="What it costs this member.", examples=[200])
    can_have: bool
    reasons: tuple[Reason, ...] = Field(description="Every one why not.")


class Redemption(Out):
    id: Annotated[str, id_type("rdm", "a redemption")]
    reward: str
    name: str
    programme: str
    customer: CustomerId
    state: str = Field(
        description="held, ordered, ready, sent, handed_over, cancelled or lapsed.", examples=["ordered"]
    )
    steps_left: tuple[str, ...] = Field(description="What it may become, besides cancelled.")
    points: int
    currency: str = Field(examples=["points"])
    transfer: str | None = Field(description="Public id of the transfer that spent them.")
    voucher: Voucher | None = Field(description="The code it handed out.")
    cost: Money | None
    automatic: bool
    redeemed_at: Instant
    changed_at: Instant
    holds_until: Instant | None


class Step(Out):
    state: str
    stepped_at: Instant
    actor: str | None
    note: str | None


class Redeeming(In):
    reward: RewardKey
    hold: bool = Field(
        default=False, description="Hold points and stock, to be confirmed; else redeem at once."
    )
    id: WriteId = None


class Moving(In):
    state: str = Field(description="ready, sent, handed_over or cancelled.", examples=["sent"])
    note: Note = Field(default="", examples=["Parcel 00340434"])


class Stocking(In):
    amount: int = Field(description="How many come in; below zero: go out.", examples=[50])
    reason: Note = Field(min_length=1, examples=["Delivered"])


class Stocked(Out):
    stock: int


def _reward(one: rewards.Launched, did: rewards.Figures) -> Reward:
    body = one.body
    return Reward(
        key=one.key,
        name=body.name,
        description=body.description,
        image=body.image,
        programme=one.programme,
        sentence=rewards.sentence(body),
        version=one.version,
        live=one.ended_at is None,
        points=body.points,
        fulfilment=body.fulfilment,
        stock=one.stock if body.counted else None,
        low=one.is_low,
        cost=money(body.cost_minor, body.money) if body.cost_minor is not None else None,
        redeemed=did.redeemed,
        open=did.open,
    )


def _redemption(entered: Entered, one: rewards.Redemption, *, listed: bool = False) -> Redemption:
    code = offers.code(entered.tx, one.code_id) if one.code_id is not None else None
    cost = one.cost_minor
    return Redemption(
        id=one.public_id,
        reward=one.reward,
        name=one.body.name,
        programme=one.programme,
        customer=public_id("cus", one.customer_id),
        state=one.state,
        steps_left=one.steps_left,
        points=one.points,
        currency=one.currency,
        transfer=public_id("txn", one.transfer_id) if one.transfer_id is not None else None,
        voucher=voucher(entered, code, listed=listed) if code else None,
        cost=money(cost, one.cost_currency) if cost is not None and one.cost_currency else None,
        automatic=one.automatic,
        redeemed_at=one.redeemed_at,
        changed_at=one.changed_at,
        holds_until=one.holds_until,
    )


@router.get("/programmes/{programme}/rewards", openapi_extra=permission("rewards.view"))
def list_rewards(call: Calling, programme: ProgrammeInPath) -> Page[Reward]:
    """The catalogue of a programme by price, with stock and what was redeemed."""
    with call.enter() as entered:
        loyalty.definition(entered.tx, programme)
        found = rewards.rewards(entered.tx, programme)
        did = rewards.figures(entered.tx, [one.id for one in found])
        return Page(
            items=tuple(_reward(one, did.get(one.id, rewards.Figures(reward_id=one.id))) for one in found)
        )


@router.get("/programmes/{programme}/members/{customer}/rewards", openapi_extra=permission("rewards.view"))
def choices(call: Calling, programme: ProgrammeInPath, customer: CustomerInPath) -> Page[Choice]:
    """What a member can have now, at which price, and every reason why not."""
    with call.enter() as entered:
        whose = customer_of(entered, customer).customer_id
        found = rewards.choices(entered.tx, programme, whose, at=entered.at)
        return Page(items=tuple(_choice(one) for one in found))


def _choice(one: rewards.Choice) -> Choice:
    body = one.reward.body
    return Choice(
        key=one.reward.key,
        name=body.name,
        description=body.description,
        image=body.image,
        points=one.points,
        can_have=not one.reasons,
        reasons=tuple(Reason.model_validate(why) for why in one.reasons),
    )


@router.get(
    "/programmes/{programme}/members/{customer}/redemptions", openapi_extra=permission("rewards.view")
)
def redemptions_of_member(
    call: Calling, programme: ProgrammeInPath, customer: CustomerInPath
) -> Page[Redemption]:
    """What a member redeemed, the newest first; at most 500."""
    with call.enter() as entered:
        whose = customer_of(entered, customer).customer_id
        found = rewards.redemptions_of(entered.tx, whose, programme)
        return Page(items=tuple(_redemption(entered, one) for one in found))


@router.post(
    "/programmes/{programme}/members/{customer}/redemptions",
    status_code=201,
    openapi_extra=permission("rewards.redeem", by="room"),
    responses=documented(409),
)
def redeem_reward(
    call: Calling,
    programme: ProgrammeInPath,
    customer: CustomerInPath,
    body: Redeeming,
    idempotency_key: IdempotencyKey = None,
) -> Redemption:
    """Spend points for a reward: points, stock and code in one, or a refusal with every reason."""
    key = f"{programme}:{chosen_key(idempotency_key, body.id)}"[:200]
    with call.enter() as entered:
        whose = customer_of(entered, customer).customer_id
        deed = rewards.reserve if body.hold else rewards.redeem
        done = deed(entered.tx, entered.actor, programme, body.reward, whose, key=key, at=entered.at)
        made = done.redemption_id
        shown = _redemption(entered, rewards.redemption(entered.tx, made)) if made is not None else None
    done.confirmed()  # After the commit, so that the refusal stays.
    assert shown is not None
    return shown


@router.get("/programmes/{programme}/redemptions", openapi_extra=permission("rewards.view"))
def list_redemptions(
    call: Calling,
    programme: ProgrammeInPath,
    state: Annotated[
        Line | None, Query(description="A state, or open for all that wait for somebody.", examples=["open"])
    ] = None,
    reward: Annotated[Line | None, Query(description="Key of a reward.", examples=["mug"])] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Redemption]:
    """What was redeemed, the newest first."""
    with call.enter() as entered:
        page = rewards.redemptions(
            entered.tx, programme=programme, state=state, reward=reward, cursor=cursor, limit=limit
        )
        return Page(items=tuple(_redemption(entered, one, listed=True) for one in page.items), next=page.next)


@router.get("/redemptions/{redemption}", openapi_extra=permission("rewards.view"))
def get_redemption(call: Calling, redemption: RedemptionInPath) -> Redemption:
    """One redemption as it stands."""
    with call.enter() as entered:
        return _redemption(entered, rewards.redemption(entered.tx, parse_public_id("rdm", redemption)))


@router.get("/redemptions/{redemption}/steps", openapi_extra=permission("rewards.view"))
def list_steps(call: Calling, redemption: RedemptionInPath) -> Page[Step]:
    """How it came to where it is."""
    with call.enter() as entered:
        found = rewards.redemption(entered.tx, parse_public_id("rdm", redemption))
        return Page(items=tuple(Step.model_validate(one) for one in rewards.steps(entered.tx, found.id)))


@router.post(
    "/redemptions/{redemption}/state",
    openapi_extra=permission("rewards.fulfil", by="room"),
    responses=documented(409),
)
def move_redemption(call: Calling, redemption: RedemptionInPath, body: Moving) -> Redemption:
    """Make it ready, send, hand over, or cancel it: then points, stock and code come back."""
    with call.enter() as entered:
        number = parse_public_id("rdm", redemption)
        moved = rewards.set_state(
            entered.tx, entered.actor, number, body.state, at=entered.at, note=body.note
        )
        return _redemption(entered, moved)


@router.post(
    "/redemptions/{redemption}/confirmation",
    openapi_extra=permission("rewards.redeem", by="room"),
    responses=documented(409),
)
def confirm_redemption(call: Calling, redemption: RedemptionInPath) -> Redemption:
    """Pay for what was held; again, nothing changes."""
    with call.enter() as entered:
        number = parse_public_id("rdm", redemption)
        return _redemption(entered, rewards.confirm(entered.tx, entered.actor, number, at=entered.at))


@router.post(
    "/rewards/{reward}/stock",
    openapi_extra=permission("rewards.stock", by="room"),
    responses=documented(409),
)
def change_stock(call: Calling, reward: RewardInPath, body: Stocking) -> Stocked:
    """Put so many in stock, or take them out."""
    with call.enter() as entered:
        found = rewards.reward(entered.tx, reward)
        access.require(entered.actor, "rewards.stock", scope=loyalty.scope_of(entered.tx, found.programme))
        stock = rewards.change_stock(
            entered.tx, reward, body.amount, reason=body.reason, actor=entered.actor.name, at=entered.at
        )
        after = {"amount": body.amount, "stock": stock}
        entered.record("rewards.stock", kind="reward", subject=reward, after=after)
        return Stocked(stock=stock)
