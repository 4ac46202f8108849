"""What is wrong with what a programme says of time, payment, awards, sharing and abuse."""

from collections.abc import Iterator

from regulars.kernel import Finding
from regulars.loyalty import findings as wrong
from regulars.loyalty.findings import PERIOD_MAX, POINTS_MAX
from regulars.loyalty.model import Programme
from regulars.loyalty.policies import Award, Payment, Rate

NOTICE_MAX = 366
HOLD_MAX = 10_080  # A week.
HOURS_MAX = 8_784  # A year.
WHOLE = 100
SHARE_MAX = 99


def of_policies(programme: Programme) -> Iterator[Finding]:
    yield from _times(programme)
    if programme.welcome is not None:
        yield from _award(programme, programme.welcome, "welcome")
    if programme.birthday is not None:
        yield from _award(programme, programme.birthday.award, "birthday.award")
        yield from wrong.filled("birthday.trait", programme.birthday.trait)
        yield from wrong.within("birthday.member_days", programme.birthday.member_days, 0, PERIOD_MAX, "days")
    if programme.payment is not None:
        yield from _payment(programme, programme.payment)
    if programme.auto_reward is not None:
        yield from wrong.filled("auto_reward.reward", programme.auto_reward.reward)
    yield from wrong.within("given_back_days", programme.given_back_days, 0, PERIOD_MAX, "days")
    yield from wrong.within("reinstate_days", programme.reinstate_days, 0, PERIOD_MAX, "days")
    yield from wrong.within("hold_minutes", programme.hold_minutes, 1, HOLD_MAX, "minutes")
    yield from wrong.unique("velocity", [one.key for one in programme.velocity])
    for n, one in enumerate(programme.velocity):
        yield from wrong.within(f"velocity[{n}].more_than", one.more_than, 0, POINTS_MAX**2)
        yield from wrong.within(f"velocity[{n}].hours", one.hours, 1, HOURS_MAX, "hours")
    yield from _rollout(programme)
    if programme.gifts and programme.returns != "unlimited":
        message = (
            "Points that were passed on cannot be taken back when their order comes back: choose returns "
            "“unlimited”, so that who passed them on owes them, or no gifts."
        )
        yield Finding(path="gifts", code="returns", message=message)


def _times(programme: Programme) -> Iterator[Finding]:
    yield from wrong.period("starts", programme.starts)
    yield from wrong.validity("valid", programme.valid, programme.zone)
    yield from wrong.period("inactive_after", programme.inactive_after, least=1)
    yield from wrong.within("notice_days", programme.notice_days, 0, NOTICE_MAX, "days")
    ends = [programme.valid, programme.inactive_after, *(rule.valid for rule in programme.earning)]
    if programme.notice_days and not any(ends):
        message = "Points never end, so there is no notice to give: say how long they are valid, or choose 0."
        yield Finding(path="notice_days", code="never_ends", message=message)
    waits = [programme.starts, *(rule.starts for rule in programme.earning)]
    if programme.activated_by and not any(waits):
        message = "No points wait, so that no event can end it: say when they start, or leave this empty."
        yield Finding(path="activated_by", code="nothing_waits", message=message)
    if programme.begins is not None and programme.begins.tzinfo is None:
        message = "Write the instant with its zone, as in 2026-12-01T00:00:00Z."
        yield Finding(path="begins", code="zone", message=message)


def _award(programme: Programme, award: Award, path: str) -> Iterator[Finding]:
    yield from wrong.within(f"{path}.points", award.points, 1, POINTS_MAX)
    yield from wrong.currency(programme, award.currency, f"{path}.currency")
    yield from wrong.validity(f"{path}.valid", award.valid, programme.zone)


def _payment(programme: Programme, payment: Payment) -> Iterator[Finding]:
    yield from wrong.iso_money("payment.money", payment.money)
    yield from wrong.currency(programme, payment.currency, "payment.currency", spendable=True)
    yield from _rate(payment.rate, payment.money, "payment.rate")
    for n, one in enumerate(payment.tier_rates):
        yield from wrong.tiers(programme, [one.tier], f"payment.tier_rates[{n}].tier")
        yield from _rate(one.rate, payment.money, f"payment.tier_rates[{n}].rate")
    yield from wrong.unique("payment.tier_rates", [one.tier for one in payment.tier_rates])
    yield from wrong.within("payment.least", payment.least, 1, POINTS_MAX, "points")
    yield from wrong.within("payment.step", payment.step, 1, POINTS_MAX, "points")
    yield from wrong.within("payment.most_percent", payment.most_percent, 1, WHOLE, "per cent")
    if payment.most is not None and payment.most < max(payment.least, payment.step):
        message = (
            f"At most {payment.most:,} points could pay, but no fewer than "
            f"{max(payment.least, payment.step):,}: nobody could. Allow more, or ask for less."
        )
        yield Finding(path="payment.most", code="order", message=message)


def _rate(rate: Rate, money: str, path: str) -> Iterator[Finding]:
    yield from wrong.within(f"{path}.points", rate.points, 1, POINTS_MAX, "points")
    message = "Points are worth an amount above zero such as 1.00"
    yield from wrong.amount_of_money(f"{path}.worth", rate.worth, money, message)


def _rollout(programme: Programme) -> Iterator[Finding]:
    only = programme.only_for
    if only is None:
        return
    yield from wrong.names("only_for.stores", only.stores)
    if only.percent is not None:
        yield from wrong.within("only_for.percent", only.percent, 1, SHARE_MAX, "per cent")
    elif not only.stores:
        message = (
            "Say in which stores it holds first, or for which share of customers; or leave it out for all."
        )
        yield Finding(path="only_for", code="empty", message=message)
