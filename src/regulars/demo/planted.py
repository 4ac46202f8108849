"""A second, small data set of invented customers into which an effect was put on purpose.

The grocer's households never saw our messages, so their experiment must show nothing. This one shows what
detection looks like, by the same machinery from the event to the verdict. It stands in a workspace of its own
and is labelled wherever its figures are shown.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from regulars import campaigns, log
from regulars.app import App
from regulars.db import rows
from regulars.demo import company, staff
from regulars.demo.source import CURRENCY
from regulars.demo.state import SQL, begun, finish, is_finished
from regulars.demo.year import START, at
from regulars.experiments import Comparison

WORKSPACE = "planted"
SOURCE = "planted"
CUSTOMERS = 2_000
SEED = 20_251_110
# Of those held out so many buy within the window anyway; of the treated so many do.
BUYS_ANYWAY, BUYS_TREATED = 0.10, 0.18
LAST_SEEN_DAYS = 70  # All have lapsed when the campaign goes out.
SENT_AT = START + timedelta(days=120)
WINDOW_DAYS = campaigns.WIN_BACK.window_days
NOTE = (
    f"Invented customers with a planted effect: {BUYS_ANYWAY:.0%} of those held out buy within the window "
    f"and {BUYS_TREATED:.0%} of the treated. It shows what a detection looks like "
    "and says nothing of anybody."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    user_id: str
    treated: bool


def load(app: App, password: str) -> Comparison:
    """Live through the experiment and give its result; again it only reads it."""
    if not is_finished(app.database):
        begun(app.database, START.date())
        _live(app, password)
    with app.database.transaction() as tx:
        return campaigns.results(tx, campaigns.WIN_BACK_KEY, app.now(tx)).comparison


def _live(app: App, password: str) -> None:
    with app.database.transaction() as tx:
        staff.hire(tx, password, START)
    company.found_company(app, START)
    with app.database.transaction() as tx:
        log.append(tx, _beginnings())
    app.advance(max(SENT_AT, at(app)))
    company.launch_win_back(app, SENT_AT)
    app.advance(max(SENT_AT, at(app)))
    with app.database.transaction() as tx:
        log.append(tx, _returns(arms(app)))
    app.advance(max(SENT_AT + timedelta(days=WINDOW_DAYS + 1), at(app)))
    finish(app.database)


def _beginnings() -> Iterator[log.NewEvent]:
    """Everybody becomes known and buys once, long before."""
    for number in range(1, CUSTOMERS + 1):
        seen = SENT_AT - timedelta(days=LAST_SEEN_DAYS, minutes=number % 600)
        traits = {
            "name": f"Invented {number}",
            "first_name": "Invented",
            "email": f"invented-{number}@planted.invalid",
        }
        yield _event(number, "identify", seen - timedelta(minutes=1), traits, kind="identify")
        yield _order(number, "first", seen)


def _returns(treated: dict[str, bool]) -> Iterator[log.NewEvent]:
    """The planted effect: who comes back within the window depends on the arm, by a seeded draw."""
    draw = random.Random(SEED)  # noqa: S311 - a seeded draw is wanted
    for user_id in sorted(treated, key=int):
        buys = draw.random() < (BUYS_TREATED if treated[user_id] else BUYS_ANYWAY)
        day = draw.uniform(0.5, WINDOW_DAYS - 0.5)
        if buys:
            yield _order(int(user_id), "return", SENT_AT + timedelta(days=day))


def arms(app: App) -> dict[str, bool]:
    """By user id, who was drawn to be treated."""
    with app.database.transaction() as tx:
        return {drawn.user_id: drawn.treated for drawn in rows(tx, SQL.drawn, Drawn)}


def _order(number: int, which: str, when: datetime) -> log.NewEvent:
    total = 20 + number % 37
    properties = {
        "order_id": f"planted-{number}-{which}",
        "currency": CURRENCY,
        "total": total,
        "products": [{"product_id": "planted", "quantity": 1, "total": total}],
    }
    return _event(number, "Order Completed", when, properties, key=which)


def _event(
    number: int,
    name: str,
    when: datetime,
    properties: dict[str, Any],
    *,
    kind: str = "track",
    key: str = "",
) -> log.NewEvent:
    return log.NewEvent(
        message_id=f"{SOURCE}-{kind}-{number}-{key}",
        type=kind,
        name=name,
        occurred_at=when.astimezone(UTC),
        properties=properties,
        user_id=str(number),
        source=SOURCE,
    )
