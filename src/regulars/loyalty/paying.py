"""Paying part of a basket with points: how many may pay, what they are worth, and what limits them."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from regulars.kernel import Money
from regulars.loyalty.basket import Basket
from regulars.loyalty.exact import rounded
from regulars.loyalty.factors import tier_of
from regulars.loyalty.member_state import MemberState
from regulars.loyalty.model import UNNAMED, Currency, Programme, amount_text
from regulars.loyalty.policies import Payment, Rate
from regulars.loyalty.priced import Payable

WHOLE = 100


def payable(programme: Programme, basket: Basket, member: MemberState) -> Payable | None:
    """The most that may pay; None where the programme takes no points for payment."""
    payment = programme.payment
    if payment is None:
        return None
    rate = rate_of(programme, payment, member)
    limits = sorted(_limits(programme, payment, rate, basket, member), key=lambda one: one[0])
    most = limits[0][0] // payment.step * payment.step
    reasons = [said for points, said in limits if points == limits[0][0]]
    if most < payment.least:
        currency = programme.currency(payment.currency) or UNNAMED
        if most > 0 or payment.step > 1:
            reasons.append(f"an order takes at least {amount_text(payment.least, currency)}")
        most = 0
    return Payable(
        points=most,
        worth_minor=worth_minor(most, rate, payment.money),
        money=payment.money,
        currency=payment.currency,
        least=payment.least,
        step=payment.step,
        rate=rate_words(rate, payment, programme.currency(payment.currency) or UNNAMED),
        rate_points=rate.points,
        rate_minor=Money.parse(rate.worth, payment.money).minor,
        reasons=tuple(reasons),
    )


def why_not_pay(programme: Programme, basket: Basket, member: MemberState, points: int) -> str | None:
    """Why so many points may not pay of the basket, with what to do; None when they may."""
    found, payment = payable(programme, basket, member), programme.payment
    if found is None or payment is None:
        return "This programme takes no points for payment."
    currency = programme.currency(payment.currency) or UNNAMED
    asked = amount_text(points, currency)
    if points > found.points:
        return f"{asked} were to pay and at most {found.points:,} may: {'; '.join(found.reasons)}."
    if points < payment.least:
        return f"{asked} were to pay; an order takes at least {amount_text(payment.least, currency)}."
    if points % payment.step:
        return f"{asked} were to pay; points are taken in steps of {payment.step:,}."
    return None


def rate_of(programme: Programme, payment: Payment, member: MemberState) -> Rate:
    """Of the rates that fit the member's tiers the best for them."""
    held = {f"{one.key}/{tier_of(one, member).name}" for one in programme.tier_sets}
    if member.relation != "member":
        held = set()
    fitting = [payment.rate, *(one.rate for one in payment.tier_rates if one.tier in held)]
    return max(fitting, key=lambda rate: Fraction(Decimal(rate.worth)) / rate.points)


def worth_minor(points: int, rate: Rate, money: str) -> int:
    """What points are worth, half up to the currency's digits."""
    return rounded(points * Money.parse(rate.worth, money).minor, rate.points, "half_up")


def rate_words(rate: Rate, payment: Payment, currency: Currency) -> str:
    worth = Money.parse(rate.worth, payment.money).format()
    return f"{amount_text(rate.points, currency)} for {worth}"


def _limits(
    programme: Programme, payment: Payment, rate: Rate, basket: Basket, member: MemberState
) -> Iterator[tuple[int, str]]:
    currency = programme.currency(payment.currency) or UNNAMED
    if basket.money != payment.money:
        yield 0, f"points pay only for orders in {payment.money}"
    if member.relation != "member":
        yield 0, "only members pay with points"
    else:
        has = max(member.spendable.get(payment.currency, 0), 0)
        yield has, f"{amount_text(has, currency)} can be spent"
    share = max(basket.total, 0) * payment.most_percent
    worth = Money.parse(rate.worth, payment.money).minor * WHOLE
    part = "the whole order" if payment.most_percent == WHOLE else f"{payment.most_percent}% of the order"
    yield share * rate.points // worth, f"points pay at most {part}"
    if payment.most is not None:
        yield payment.most, f"an order takes at most {amount_text(payment.most, currency)}"
