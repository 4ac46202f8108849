"""What a programme says of time, awards, payment, sharing and abuse, in sentences."""

from collections.abc import Iterator
from decimal import Decimal

from regulars.loyalty.model import UNNAMED, Currency, Programme, amount_text
from regulars.loyalty.naming import both, either, tier_label
from regulars.loyalty.period import in_words
from regulars.loyalty.policies import Award, Payment, Rate, Velocity
from regulars.loyalty.time_words import days, said_instant, validity

RETURNS = {
    "only_pending": "Reversing an award takes only points that still wait.",
    "within_balance": "Reversing an award takes no more than is left; nobody owes points.",
    "unlimited": "Reversing an award that was already spent leaves a debt, repaid by later earning.",
}
JOINED = {
    "first_earn": "with the first points earned",
    "first_active": "with the first thing they are seen to do",
    "enrolment": "by enrolling",
}
WATCHED = {
    "earned_points": "{} points earned",
    "earning_orders": "{} orders that earn",
    "spent_points": "{} points spent",
    "redemptions": "{} redemptions",
    "returns": "{} returns",
}
DOES = {"review": "stand for review", "block": "stand for review and stop their spending"}
WHOLE = 100
USUAL_HOLD = 30
USUAL_REINSTATING = 30


def joining(programme: Programme) -> str:
    how = JOINED[programme.join]
    return f"People join {how}, under terms {programme.terms_version} of {programme.legal_entity}."


def ending(programme: Programme) -> Iterator[str]:
    """What ends waiting, and what ends points beside their validity."""
    if programme.activated_by:
        yield f"The event “{programme.activated_by}” makes spendable what still waits."
    if programme.inactive_after:
        said = in_words(programme.inactive_after)
        if programme.inactive_after.round_to.startswith("end_of"):
            yield f"Points end at {said} that in which the member last earned or spent."
        else:
            yield f"Points end {said} after the member last earned or spent."
    if programme.notice_days:
        yield f"Notice comes {days(programme.notice_days)} before points end."


def giving(programme: Programme) -> Iterator[str]:
    """Awards without a purchase."""
    if programme.welcome:
        yield f"{_award(programme, programme.welcome)} for joining.{_valid(programme.welcome)}"
    if programme.birthday:
        one = programme.birthday
        since = f", for who was a member {days(one.member_days)} before" if one.member_days else ""
        said = f"{_award(programme, one.award)} a year on the day in “{one.trait}”{since}."
        yield f"{said}{_valid(one.award)}"


def spending(programme: Programme) -> Iterator[str]:
    if programme.payment:
        yield _payment(programme, programme.payment)
    if programme.auto_reward:
        reward = programme.auto_reward.reward
        yield f"The reward {reward} is redeemed by itself as soon as the points are there."
    if programme.given_back == "when_all":
        yield "Points spent on an order come back when all of it does."
    if programme.given_back_days:
        yield f"Points that come back are valid for at least {days(programme.given_back_days)}."
    if programme.reinstate_days != USUAL_REINSTATING:
        late = days(programme.reinstate_days)
        yield f"Points that ended can be given back by hand for {late} after it."
    if programme.hold_minutes != USUAL_HOLD:
        yield f"Points held for an order are free again after {programme.hold_minutes:,} minutes."


def sharing(programme: Programme) -> Iterator[str]:
    if programme.pooling == "household":
        yield "The points of a household are spent by all of it."
    if programme.gifts:
        yield "Members may give each other points."


def watching(programme: Programme) -> Iterator[str]:
    for one in programme.velocity:
        yield limit_words(one, programme.currencies[0].scale if programme.currencies else 0)


def standing(programme: Programme) -> Iterator[str]:
    """Where and when it holds, and by which calendar."""
    plain = Currency(code="points", name="points")
    if programme.currencies != (plain,):
        yield f"It counts {both([_currency(one) for one in programme.currencies])}."
    yield f"Days and months are those of {programme.zone}."
    if programme.begins:
        yield f"It begins on {said_instant(programme.begins, programme.zone)}."
    if programme.only_for:
        only = programme.only_for
        where = f" in {either(sorted(only.stores))}" if only.stores else ""
        share = f" for {only.percent}% of the customers" if only.percent else ""
        yield f"It holds first{where}{share}; the version before holds for the rest."
    if programme.sandbox:
        yield "It is a sandbox: its points are worth nothing."


def _currency(one: Currency) -> str:
    kind = {"tier": ", never spent", "stamps": ", as stamps", "spendable": ""}[one.kind]
    digits = f" to {one.scale} digit{'' if one.scale == 1 else 's'} after the point" if one.scale else ""
    return f"{one.name}{digits}{kind}"


def _payment(programme: Programme, payment: Payment) -> str:
    currency = programme.currency(payment.currency) or UNNAMED
    rates = [_rate(payment.rate, payment, currency)]
    rates += [
        f"in {tier_label(programme, one.tier)} {_rate(one.rate, payment, currency)}"
        for one in payment.tier_rates
    ]
    bounds = [f"at least {amount_text(payment.least, currency)} an order"]
    if payment.most is not None:
        bounds.append(f"at most {amount_text(payment.most, currency)}")
    if payment.step > 1:
        bounds.append(f"in steps of {amount_text(payment.step, currency)}")
    if payment.most_percent < WHOLE:
        bounds.append(f"for at most {payment.most_percent}% of it")
    return f"Points pay: {', '.join(rates)}; {', '.join(bounds)}."


def _rate(rate: Rate, payment: Payment, currency: Currency) -> str:
    return f"{amount_text(rate.points, currency)} for {rate.worth} {payment.money}"


def _award(programme: Programme, award: Award) -> str:
    return amount_text(award.points, programme.currency(award.currency) or UNNAMED)


def _valid(award: Award) -> str:
    return f" {validity(award.valid)}" if award.valid else ""


def watched_text(figure: int, watches: str, scale: int) -> str:
    """Points with their digits; what is counted has none."""
    digits = scale if watches.endswith("_points") else 0
    return f"{Decimal(figure).scaleb(-digits):,.{digits}f}"


def limit_words(one: Velocity, scale: int = 0) -> str:
    """As in "More than 500 points earned of one member within 24 hours stand for review."."""
    many = WATCHED[one.watches].format(watched_text(one.more_than, one.watches, scale))
    return f"More than {many} of one member within {one.hours:,} hours {DOES[one.does]}."
