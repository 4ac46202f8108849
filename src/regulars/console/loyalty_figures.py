"""The figures and the plot of a programme, and how its members and amounts read."""

from collections.abc import Sequence
from datetime import date, datetime

from regulars import customers, loyalty
from regulars.console.charts import Chart, Mark, trend
from regulars.console.formats import count_of, number, percent
from regulars.console.parts import Chip, Figure
from regulars.kernel import Points, local_day
from regulars.loyalty import Currency, Flow, Health, Programme


def figures(held: loyalty.Holdings, coin: Currency, href: str) -> tuple[Figure, ...]:
    first, *later = held.expiring
    then = ", ".join(
        f"{number(one.points)} in {days} days" for one, days in zip(later, (60, 90), strict=True)
    )
    waiting = f"{amount(held.pending, coin)} more wait to become spendable" if held.pending else ""
    return (
        Figure(label="Members", value=number(held.members), note="joined until today", href=href),
        Figure(
            label=f"{coin.name.capitalize()} outstanding",
            value=amount(held.active, coin),
            note=waiting or "spendable now, over all members",
        ),
        Figure(
            label="Expire in 30 days",
            value=amount(first.points, coin),
            note=f"of {count_of(first.members, 'member')}; {then}",
        ),
    )


def life(active: int, members_count: int) -> tuple[Figure, ...]:
    share = percent(active / members_count) if members_count else ""
    return (
        Figure(
            label="Active in 90 days", value=number(active), note=f"earned or spent; {share} of all members"
        ),
    )


def redemption(found: Health, trial: loyalty.TrialBalance, members_count: int) -> tuple[Figure, ...]:
    sums = {line.account: line.amount for line in trial.lines}
    issued, spent = -sums.get("issued", 0), sums.get("redeemed", 0)
    broken = percent(found.breakage) if found.breakage is not None else "Too early to say"
    if not spent:
        rates: tuple[Figure, ...] = (
            Figure(label="Redemption", value="Nothing yet", note="nobody has redeemed a point"),
        )
    else:
        rates = (
            Figure(
                label="Points redeemed", value=percent(spent / issued), note="of all points issued, to date"
            ),
            Figure(
                label="Members who redeem",
                value=percent(found.redeeming_members / max(1, members_count)),
                note="redeemed at least once, of all members",
            ),
        )
    breakage = Figure(label="Breakage", value=broken, note="expired, of points past their validity")
    return (*rates, breakage)


def soundness(trial: loyalty.TrialBalance) -> Figure:
    sound = trial.total == 0
    return Figure(
        label="Trial balance",
        value=number(trial.total),
        change="no point is lost or made up" if sound else "points are missing or made up",
        note="every point stands in two accounts, with plus and minus",
        tone="good" if sound else "bad",
    )


def points_chart(key: str, flows: Sequence[Flow], body: Programme, at: datetime, people: int) -> Chart:
    zone = body.zone
    this = local_day(at, zone).replace(day=1)
    began = next((n + 1 for n, flow in enumerate(flows) if flow.issued), 0)
    named = (("Issued", "issued"), ("Spent", "spent"), ("Expired", "expired"))
    return trend(
        key="points",
        title=f"{body.currencies[0].name.capitalize()} a month",
        marks=[
            Mark(day=month, value=float(getattr(flow, name)), series=title, finished=month < this)
            for title, name in named
            for month, flow in months(flows[began:], zone)
        ],
        unit=body.currencies[0].name,
        people=people,
        definition=f"Booked in each calendar month in {zone}, net of reversals; the running month is "
        "dashed, and the month it began in is left out.",
        href=f"/loyalty/{key}/points",
    )


def months(flows: Sequence[Flow], zone: str) -> list[tuple[date, Flow]]:
    return [(local_day(flow.start, zone), flow) for flow in flows]


def chip_of(customer: customers.Customer | None, customer_id: int, under: str, note: str = "") -> Chip:
    """A customer under an address such as /loyalty/club/members; an erased one keeps the id."""
    public = customer.id if customer else f"customer {customer_id}"
    return Chip(href=f"{under}/{public}", name=customer.title if customer else public, note=note)


def held(amount_units: int, coin: Currency) -> Points:
    return Points(amount_units, coin.name, coin.scale)


def amount(units: int, coin: Currency) -> str:
    """Without the currency's name, which stands beside it."""
    return number(units / 10**coin.scale, coin.scale)
