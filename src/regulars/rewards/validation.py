"""What is wrong with a reward, each thing at its place."""

from collections.abc import Iterator

from regulars.conditions import check
from regulars.definitions import Lookup
from regulars.kernel import CURRENCIES, Finding, Invalid, Money
from regulars.loyalty import PROGRAMME, Programme
from regulars.offers import POOL
from regulars.rewards.model import Reward

POINTS_MAX = 10**12
MINUTES_MAX = 60 * 24 * 30


def validate(reward: Reward, lookup: Lookup) -> list[Finding]:
    programme = lookup.live(PROGRAMME, reward.programme) if reward.programme else None
    return list(findings(reward, programme)) + list(of_pool(reward, lookup))


def findings(reward: Reward, programme: Programme | None) -> Iterator[Finding]:
    for path in ("name", "programme"):
        if not getattr(reward, path).strip():
            yield found(path, "empty", "Write something here.")
    if not 1 <= reward.points <= POINTS_MAX:
        yield found("points", "range", "A reward costs 1 point or more.")
    yield from of_cost(reward)
    yield from of_limits(reward)
    if reward.image and not reward.image.startswith("https://"):
        yield found("image", "address", "An address that begins with https://.")
    if reward.valid_from and reward.valid_until and reward.valid_until <= reward.valid_from:
        yield found("valid_until", "range", "It would end before it begins.")
    if reward.who is not None:
        yield from check(reward.who, "who")
    if programme is not None:
        yield from of_programme(reward, programme)


def of_limits(reward: Reward) -> Iterator[Finding]:
    for at, price in enumerate(reward.tier_prices):
        if not 0 <= price.points <= POINTS_MAX:
            yield found(f"tier_prices[{at}].points", "range", "0 points or more.")
    if reward.per_member is not None and reward.per_member < 1:
        yield found("per_member", "range", "At least 1; leave it empty for no limit.")
    if reward.low_stock < 0:
        yield found("low_stock", "range", "0 or more.")
    if not 1 <= reward.hold_minutes <= MINUTES_MAX:
        yield found("hold_minutes", "range", "Between 1 minute and 30 days.")


def of_cost(reward: Reward) -> Iterator[Finding]:
    if (reward.cost or reward.money) and reward.money not in CURRENCIES:
        yield found("money", "unknown", f"{reward.money[:10]!r} is no ISO currency; write one such as USD.")
        return
    if not reward.cost:
        return
    try:
        fits = Money.parse(reward.cost, reward.money).minor >= 0
    except Invalid:
        fits = False
    if not fits:
        yield found("cost", "range", f"Write an amount such as 2.50; found {reward.cost!r}.")


def of_programme(reward: Reward, programme: Programme) -> Iterator[Finding]:
    coin = programme.currency(reward.currency) if reward.currency else None
    if reward.currency and coin is None:
        known = ", ".join(one.code for one in programme.currencies)
        message = f"The programme has no currency {reward.currency!r}; it has {known}."
        yield found("currency", "unknown", message)
    if coin is not None and coin.kind == "tier":
        yield found("currency", "tier", f"{coin.name} are never spent; take another currency.")
    tiers = {f"{one.key}/{tier.name}" for one in programme.tier_sets for tier in one.tiers}
    asked = [(f"tier_prices[{at}].tier", one.tier) for at, one in enumerate(reward.tier_prices)]
    for path, tier in (*asked, ("least_tier", reward.least_tier)):
        if tier not in tiers and (tier or path != "least_tier"):
            known = ", ".join(sorted(tiers)) or "none"
            yield found(path, "unknown", f"The programme has no tier {tier!r}; it has {known}.")


def of_pool(reward: Reward, lookup: Lookup) -> Iterator[Finding]:
    if reward.fulfilment != "code":
        if reward.pool:
            yield found("pool", "unused", "Only a reward that is a code names a voucher pool.")
        return
    if not reward.pool:
        yield found("pool", "empty", "Name the voucher pool that hands out the codes.")
        return
    pool = lookup.live(POOL, reward.pool)
    if pool is not None and pool.valid_until and reward.valid_until is None:
        message = f"The pool ends on {pool.valid_until:%-d %B %Y}: let the reward end then, too."
        yield found("valid_until", "pool", message)


def found(path: str, code: str, message: str) -> Finding:
    return Finding(path=path, code=f"rewards.{code}", message=message)
