"""The sections about spending points, and about what a return takes and gives back."""

from collections.abc import Iterator

from regulars.console.programmes import narrowing, words
from regulars.console.programmes.pen import Pen, Section, menus
from regulars.console.segments.drawing import Line
from regulars.console.segments.tree import Path, at, text_of


def spending(pen: Pen) -> Section:
    lines: list[Line] = []
    if pen.there(("payment",)):
        lines += _payment(pen)
    if pen.there(("auto_reward",)):
        reward = pen.text(("auto_reward", "reward"), "Reward", ("rewards",), wide=True)
        again = Line(
            path="auto_reward",
            lead="As soon as the points are there, members get",
            parts=(reward,),
            removable=True,
        )
        lines.append(again)
    held = pen.whole(("hold_minutes",), "Minutes", absent=30)
    lines.append(
        Line(path="spending-holds", lead="Points held by a till come back after", parts=(held, "minutes"))
    )
    optional = (("payment", "Paying with points"), ("auto_reward", "A reward by itself"))
    return Section(
        key="spending",
        title="Spending",
        text="What points are good for, besides the rewards of the catalogue.",
        lines=tuple(lines),
        adds=menus(pen, "Spending", optional),
        wrong=pen.faults(("payment",)) + pen.faults(("auto_reward",)),
    )


def _payment(pen: Pen) -> Iterator[Line]:
    coin = at(pen.tree, ("payment", "currency"))
    coin = coin if isinstance(coin, str) else "points"
    yield Line(
        path="payment",
        lead="At the till,",
        parts=(
            pen.amount(("payment", "rate", "points"), "Points", coin),
            pen.currency(("payment", "currency")),
            "are worth",
            pen.decimal(("payment", "rate", "worth"), "Worth"),
            pen.money(("payment", "money")),
        ),
        removable=True,
    )
    for number in range(len(pen.items(("payment", "tier_rates")))):
        path: Path = ("payment", "tier_rates", number)
        yield Line(
            path=text_of(path),
            lead="in the tier",
            parts=(
                pen.choice((*path, "tier"), "Tier", narrowing.tiers(pen)),
                pen.amount((*path, "rate", "points"), "Points", coin),
                "are worth",
                pen.decimal((*path, "rate", "worth"), "Worth"),
            ),
            removable=True,
        )
    more = ((text_of(("payment", "tier_rates")), "Another worth for a tier"),) if narrowing.tiers(pen) else ()
    most = (pen.amount(("payment", "most"), "Most", coin),) if pen.there(("payment", "most")) else ()
    none = () if most else ((text_of(("payment", "most")), "A most for each order"),)
    yield Line(
        path="payment-bounds",
        lead="An order takes at least",
        parts=(
            pen.amount(("payment", "least"), "At least", coin, absent=1),
            *(("and at most", *most) if most else ()),
            "in steps of",
            pen.amount(("payment", "step"), "Step", coin, absent=1),
            "and pays at most",
            pen.whole(("payment", "most_percent"), "Per cent", absent=100),
            "% of it",
        ),
        more=(*more, *none),
    )


def returning(pen: Pen) -> Section:
    days = pen.whole(("given_back_days",), "Days", absent=0)
    late = pen.whole(("reinstate_days",), "Days after their end", absent=30)
    return Section(
        key="returns",
        title="Returns",
        text="What a return takes back and what it gives back.",
        lines=(
            Line(
                path="returns-take",
                lead="A return",
                parts=(pen.choice(("returns",), "A return", words.RETURNS, "within_balance"),),
            ),
            Line(
                path="returns-give",
                lead="Points spent in the order come back",
                parts=(
                    pen.choice(("given_back",), "Points spent come back", words.GIVEN_BACK, "by_share"),
                    "and are valid for at least",
                    days,
                    "more days",
                ),
            ),
            Line(
                path="returns-late",
                lead="Points that ended can be given back by hand for",
                parts=(late, "days"),
            ),
        ),
    )
