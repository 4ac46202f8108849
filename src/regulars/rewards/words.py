"""A reward in words: the same in list, page, file and approval."""

from collections.abc import Iterator

from regulars.conditions import sentence as condition_sentence
from regulars.rewards.model import Reward

HANDED_OVER = {
    "none": "given at once",
    "shipped": "sent to the member",
    "picked_up": "picked up in the shop",
    "code": "given as a voucher code",
}
STATES = {
    "held": "Held",
    "ordered": "Ordered",
    "ready": "Ready",
    "sent": "Sent",
    "handed_over": "Handed over",
    "cancelled": "Cancelled",
    "lapsed": "Not confirmed in time",
}


def sentence(reward: Reward) -> str:
    unit = reward.currency or "points"
    return f"“{reward.name}” for {reward.points:,} {unit}, {'; '.join(_said(reward))}."


def _said(reward: Reward) -> Iterator[str]:
    from_pool = f" from {reward.pool}" if reward.pool else ""
    yield f"{HANDED_OVER[reward.fulfilment]}{from_pool}"
    for one in reward.tier_prices:
        yield f"{one.points:,} in {one.tier}"
    if reward.counted:
        yield "while stock lasts"
    if reward.per_member is not None:
        yield f"{'once' if reward.per_member == 1 else f'{reward.per_member:,} times'} a member"
    if reward.least_tier:
        yield f"from {reward.least_tier} on"
    if reward.who is not None:
        yield f"for who {condition_sentence(reward.who)}"
    if reward.valid_from is not None:
        yield f"from {reward.valid_from:%-d %B %Y}"
    if reward.valid_until is not None:
        yield f"before {reward.valid_until:%-d %B %Y}"
    if reward.cost:
        yield f"each costs us {reward.cost_text}"
