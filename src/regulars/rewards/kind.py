"""The kind `reward`, as the composition root registers it."""

from datetime import datetime

import msgspec
from psycopg.types.json import Jsonb

from regulars.access import Actor
from regulars.db import Tx, run, value
from regulars.definitions import Definition, Kind, Preview, Ref
from regulars.kernel import Finding, Invalid
from regulars.offers import named
from regulars.rewards.model import Reward, TierPrice
from regulars.rewards.reward_record import maybe_reward
from regulars.rewards.statements import SQL
from regulars.rewards.validation import validate
from regulars.rewards.words import sentence


def preview(tx: Tx, definition: Definition[Reward], at: datetime) -> Preview:
    reward, known = definition.body, maybe_reward(tx, definition.key)
    facts = [("The reward", sentence(reward))]
    warnings = []
    if reward.cost_minor is not None:
        facts.append(("Costs us", f"{reward.cost_text} for {reward.points:,} points"))
    if reward.counted:
        stock = known.stock if known else 0
        facts.append(("In stock", f"{stock:,}"))
        if not stock:
            warnings.append("Nothing is in stock: nobody can redeem it until some is put there.")
    if reward.valid_until is not None and reward.valid_until <= at:
        warnings.append("It is over already: nobody can redeem it.")
    return Preview(
        headline=f"Members see “{reward.name}” and redeem it from then on.",
        facts=tuple(facts),
        warnings=tuple(warnings),
    )


def launch(tx: Tx, definition: Definition[Reward], _actor: Actor, _at: datetime) -> str:
    return launch_reward(tx, definition.key, definition.version, definition.body)


def launch_reward(tx: Tx, key: str, version: int, body: Reward) -> str:
    known = maybe_reward(tx, key)
    if known is not None and known.programme != body.programme:
        message = f"It costs points of {known.programme}; make another reward for {body.programme}."
        raise Invalid(message, [Finding(path="programme", code="rewards.fixed", message=message)])
    stored = Jsonb(msgspec.to_builtins(body))
    value(tx, SQL.save_reward, key=key, programme=body.programme, version=version, body=stored)
    return f"Members can have {sentence(body)}"


def retire(tx: Tx, definition: Definition[Reward], _actor: Actor, at: datetime) -> None:
    """Nobody redeems it any more; what was redeemed goes on its way."""
    run(tx, SQL.end_reward, key=definition.key, at=at)


def uses(reward: Reward) -> list[Ref]:
    found = [Ref(kind="programme", key=reward.programme, path="programme")] if reward.programme else []
    if reward.pool:
        found.append(Ref(kind="voucher-pool", key=reward.pool, path="pool"))
    return [*found, *named(reward.who)]


REWARD = Kind(
    name="reward",
    title="Reward",
    plural="Rewards",
    body=Reward,
    validate=validate,
    uses=uses,
    sentence=sentence,
    preview=preview,
    launch=launch,
    retire=retire,
)


def five_voucher(*, programme: str, pool: str) -> Reward:
    """200 points for a voucher code."""
    return Reward(
        name="5 off your next purchase",
        programme=programme,
        points=200,
        description="A code for your next purchase, by till or in the shop online.",
        fulfilment="code",
        pool=pool,
        cost="5.00",
        money="USD",
    )


def coffee_mug(*, programme: str) -> Reward:
    return Reward(
        name="Coffee mug",
        programme=programme,
        points=600,
        description="Our mug, to be picked up in the shop.",
        fulfilment="picked_up",
        counted=True,
        low_stock=5,
        per_member=2,
        cost="2.40",
        money="USD",
    )


def gold_box(*, programme: str, tier: str) -> Reward:
    """A present by post that the best members pay less for."""
    return Reward(
        name="Box of delights",
        programme=programme,
        points=1_500,
        tier_prices=(TierPrice(tier=tier, points=1_000),),
        description="A box with what is best of the season, sent home.",
        fulfilment="shipped",
        counted=True,
        low_stock=10,
        cost="11.00",
        money="USD",
    )
