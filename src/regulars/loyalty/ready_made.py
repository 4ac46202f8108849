"""Programmes that come along: each is a start that is named, changed where needed and published."""

from regulars.loyalty.earning_rule import Cap, EarningRule, Lines, Orders
from regulars.loyalty.model import Currency, Programme
from regulars.loyalty.period import Period
from regulars.loyalty.policies import Payment, Rate
from regulars.loyalty.tier_set import Benefit, Tier, TierSet

# What is no purchase of goods: how shops commonly call it.
LEFT_OUT = Lines(categories=("Delivery", "Gift cards", "Rewards"))
POINTS = Currency(code="points", name="points")


def points_club(*, name: str, legal_entity: str, zone: str, money: str) -> Programme:
    """The ready-made club: a point a unit of money, half a year's validity, four tiers over half a year."""
    return Programme(
        name=name,
        legal_entity=legal_entity,
        zone=zone,
        currencies=(POINTS,),
        earning=(EarningRule(key="spend", points=1, per="1.00", money=money, rounded_per="order"),),
        valid=Period(count=6, unit="months", round_to="end_of_month"),
        tier_set=TierSet(
            key="club",
            window_days=182,
            valid_days=91,
            downgrade="one_step",
            tiers=(
                Tier(name="Member", threshold=0),
                Tier(name="Silver", threshold=300),
                Tier(name="Gold", threshold=1000),
                Tier(name="Platinum", threshold=2500),
            ),
        ),
    )


def points_and_voucher(*, name: str, legal_entity: str, zone: str, money: str) -> Programme:
    """1 point per 1 and three tiers; 200 points buy a voucher of 5, which is a reward of its own."""
    return Programme(
        name=name,
        legal_entity=legal_entity,
        zone=zone,
        currencies=(POINTS,),
        earning=(EarningRule(key="spend", name="Shopping", points=1, per="1.00", money=money),),
        left_out=LEFT_OUT,
        valid=Period(count=12, unit="months", round_to="end_of_month"),
        notice_days=30,
        tier_set=TierSet(
            key="club",
            name="Club",
            downgrade="one_step",
            notice_days=30,
            tiers=(
                Tier(name="Member", threshold=0),
                Tier(
                    name="Silver",
                    threshold=500,
                    multiplier="1.25",
                    benefits=(Benefit(key="early", text="Sales a day earlier"),),
                ),
                Tier(
                    name="Gold",
                    threshold=1500,
                    multiplier="1.5",
                    benefits=(
                        Benefit(key="early", text="Sales a day earlier"),
                        Benefit(key="delivery", text="Free delivery"),
                    ),
                ),
            ),
        ),
    )


def stamp_card(*, name: str, legal_entity: str, zone: str, money: str) -> Programme:
    """A stamp for each purchase of 5 and more; a full card is a reward."""
    return Programme(
        name=name,
        legal_entity=legal_entity,
        zone=zone,
        currencies=(Currency(code="stamps", name="stamps", kind="stamps"),),
        earning=(
            EarningRule(
                key="visit",
                name="A visit",
                counts="orders",
                points=1,
                per="1",
                money=money,
                currency="stamps",
                rounded_per="order",
                orders=Orders(least="5.00"),
                caps=(Cap(points=1, per="day", currency="stamps"),),
            ),
        ),
        left_out=LEFT_OUT,
        valid=Period(count=12, unit="months", round_to="end_of_month"),
    )


def tier_club(*, name: str, legal_entity: str, zone: str, money: str) -> Programme:
    """No points to spend: a year's spending decides on the tier, and the tier on what one gets."""
    return Programme(
        name=name,
        legal_entity=legal_entity,
        zone=zone,
        join="enrolment",
        currencies=(Currency(code="points", name="tier points", kind="tier"),),
        earning=(EarningRule(key="spend", name="Shopping", points=1, per="1.00", money=money),),
        left_out=LEFT_OUT,
        tier_set=TierSet(
            key="club",
            name="Club",
            window="calendar",
            window_months=12,
            grace_days=31,
            notice_days=31,
            downgrade="one_step",
            tiers=(
                Tier(name="Blue", threshold=0, benefits=(Benefit(key="news", text="News first"),)),
                Tier(
                    name="Silver",
                    threshold=500,
                    benefits=(Benefit(key="delivery", text="Free delivery"),),
                ),
                Tier(
                    name="Gold",
                    threshold=2000,
                    benefits=(
                        Benefit(key="delivery", text="Free delivery"),
                        Benefit(key="service", text="A number of its own"),
                    ),
                ),
            ),
        ),
    )


def cashback(*, name: str, legal_entity: str, zone: str, money: str) -> Programme:
    """3% back as credit, after 14 days, for paying up to half of a later order."""
    return Programme(
        name=name,
        legal_entity=legal_entity,
        zone=zone,
        currencies=(Currency(code="credit", name="credit", scale=2),),
        earning=(
            EarningRule(
                key="back",
                name="3% back",
                points=3,
                per="1.00",
                money=money,
                currency="credit",
                rounding="floor",
            ),
        ),
        left_out=LEFT_OUT,
        starts=Period(count=14, unit="days"),
        valid=Period(count=12, unit="months", round_to="end_of_month"),
        notice_days=30,
        payment=Payment(
            rate=Rate(points=100, worth="1.00"), money=money, currency="credit", least=100, most_percent=50
        ),
    )


READY_MADE = {
    "points-and-voucher": points_and_voucher,
    "stamp-card": stamp_card,
    "tier-club": tier_club,
    "cashback": cashback,
}
