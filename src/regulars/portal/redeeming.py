"""A reward redeemed by the member, and what they are told of it."""

from dataclasses import dataclass
from datetime import datetime

from regulars import loyalty, offers, rewards
from regulars.db import Tx
from regulars.kernel import NotFound, RegularsError, parse_public_id
from regulars.portal.shelf import Item, items, why_not
from regulars.preferences import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One form: sent twice it is one redemption."""

    reward: str
    nonce: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    redemption: str  # Public id; empty where it was refused.
    why_not: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gained:
    reward: str
    code: str


def item_of(tx: Tx, customer_id: int, reward: str, spoken: Words, *, at: datetime) -> tuple[str, Item]:
    """Its programme and how it stands for the member; raises NotFound where they do not see it."""
    programme = rewards.reward(tx, reward).programme
    if programme in loyalty.programmes_of(tx, customer_id):
        body = loyalty.definition(tx, programme)
        for one in items(tx, programme, body, customer_id, spoken, at):
            if one.key == reward:
                return programme, one
    raise NotFound("There is no such reward for this member.")


def redeem(tx: Tx, customer_id: int, asked: Asked, spoken: Words) -> Outcome:
    """Spend the points, or say why not; what went wrong inside is not for the member's eyes."""
    one = rewards.reward(tx, asked.reward)
    if one.programme not in loyalty.programmes_of(tx, customer_id):
        raise NotFound("There is no such reward for this member.")
    try:
        with tx.transaction():
            done = rewards.redeem(
                tx, None, one.programme, one.key, customer_id, key=f"page:{asked.nonce}", at=asked.at
            )
    except RegularsError:
        return Outcome(redemption="", why_not=(spoken("why_else"),))
    if done.public_id is not None:
        return Outcome(redemption=done.public_id)
    return Outcome(redemption="", why_not=why_not(done.reasons, spoken, one.body.least_tier))


def gained(tx: Tx, customer_id: int, redemption: str) -> Gained | None:
    """What they got a moment ago; None for another's, and for what is none."""
    try:
        found = rewards.redemption(tx, parse_public_id(rewards.PREFIX, redemption))
    except RegularsError:
        return None
    if found.id not in {one.id for one in rewards.redemptions_of(tx, customer_id, found.programme)}:
        return None
    code = offers.code(tx, found.code_id).code if found.code_id is not None else ""
    return Gained(reward=found.body.name, code=code)
