"""Rewards that a programme redeems by itself, as soon as the points are there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars import customers, loyalty
from regulars.access import SYSTEM
from regulars.customers import hold
from regulars.db import Tx, rows, value, values
from regulars.log import Reader, Span
from regulars.rewards.catalogue import can_have
from regulars.rewards.redeeming import redeem
from regulars.rewards.reward_record import Launched, rewards
from regulars.rewards.statements import SQL

# After these somebody may have enough.
TOLD = (
    "regulars.loyalty.joined",
    "regulars.loyalty.points_earned",
    "regulars.loyalty.points_changed",
    "regulars.loyalty.points_moved",
)
IN_A_ROW_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldTo:
    programme: str
    customer_id: int


def apply(tx: Tx, span: Span) -> None:
    """For who came by points in the span."""
    told = rows(tx, SQL.told_to, ToldTo, after=span.after, to=span.to, names=list(TOLD))
    programmes = automatic_rewards(tx) if told else {}
    for programme, one in programmes.items():
        among = [each.customer_id for each in told if each.programme == programme]
        if among:
            hold(tx)
            redeem_for(tx, programme, one, span.booked_at, [person(tx, each) for each in among])


READER = Reader(name="rewards.automatic", apply=apply, after=("loyalty",))


def catch_up(tx: Tx, at: datetime) -> int:
    """For everybody who has enough, after waiting points became spendable; gives the redemptions."""
    found = automatic_rewards(tx)
    if not found:
        return 0
    hold(tx)
    return sum(redeem_for(tx, programme, one, at, None) for programme, one in found.items())


def automatic_rewards(tx: Tx) -> dict[str, Launched]:
    """By programme the reward it redeems, where that is to be had."""
    there = {one.key: one for one in rewards(tx) if one.ended_at is None}
    found = {}
    for programme in sorted({one.programme for one in there.values()}):
        asked = loyalty.definition(tx, programme).auto_reward
        one = there.get(asked.reward) if asked else None
        if one is not None and one.programme == programme:
            found[programme] = one
    return found


def person(tx: Tx, customer_id: int) -> int:
    return int(value(tx, SQL.person, customer_id=customer_id))


def redeem_for(tx: Tx, programme: str, one: Launched, at: datetime, among: Sequence[int] | None) -> int:
    """The points themselves say what is still to be done, so that doing it again does nothing more."""
    body = loyalty.definition(tx, programme)
    coin = body.currency(one.body.currency) if one.body.currency else body.currencies[0]
    if coin is None:
        return 0
    cheapest = min([one.body.points, *(price.points for price in one.body.tier_prices)])
    due: Iterable[int] = values(
        tx,
        SQL.due_members,
        programme=programme,
        currency=coin.code,
        points=cheapest / 10**coin.scale,
        among=None if among is None else list(among),
    )
    return sum(_all_for(tx, programme, one, customer_id, at) for customer_id in due)


def _all_for(tx: Tx, programme: str, one: Launched, customer_id: int, at: datetime) -> int:
    atoms = customers.atoms(tx, customer_id)
    done = 0
    while done < IN_A_ROW_MAX and can_have(tx, one, customer_id, at):
        number = int(value(tx, SQL.automatic_number, atoms=atoms, reward_id=one.id)) + 1
        # A refusal is kept under its key: what is tried another time has another.
        key = f"automatic:{one.key}:{customer_id}:{number}:{at.isoformat()}"
        made = redeem(tx, SYSTEM, programme, one.key, customer_id, key=key, at=at, automatic=True)
        if made.reasons:
            break
        done += 1
    return done
