"""Living through the grocer's year in simulated time, one local day after the other."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from regulars import access, log, orders
from regulars.app import App
from regulars.db import Database, run
from regulars.demo import company, staff
from regulars.demo.source import FIRST_DAY, LAST_DAY, ZONE, CompleteJourney
from regulars.demo.state import SQL, begun, know_growth, timed
from regulars.kernel import day_bounds, local_instant

# A Monday late enough that hundreds have lapsed, early enough that the window closes within the year.
CAMPAIGN_DAY = date(2025, 11, 10)
CAMPAIGN_AT = local_instant(CAMPAIGN_DAY, time(9), ZONE)
START = day_bounds(FIRST_DAY, ZONE)[0]
DAYS = (LAST_DAY - FIRST_DAY).days + 1

Say = Callable[[str, int, int], None]  # (what is done, how many of, how many)


def found(database: Database) -> None:
    """Give a new workspace the grocer's zone and a clock that stands at the first midnight of the year."""
    with database.transaction() as tx:
        if log.clock(tx).mode == "wall":
            log.stand(tx, START)
            access.set_zone(tx, access.SYSTEM, ZONE, at=START)


def load(app: App, password: str, say: Say, *, days: int = DAYS) -> None:
    """Load and live the year; goes on where an earlier run stopped, and does nothing when all is done.

    Fewer `days` than the year has are for tests: they end before the campaign goes out.
    """
    progress = begun(app.database, FIRST_DAY)
    last = FIRST_DAY + timedelta(days=days - 1)
    source = CompleteJourney(last=last)
    if progress.next_day == FIRST_DAY:
        with timed(app.database, "prepare"):
            say("Making the company", 0, days)
            prepare(app, source, password)
    with timed(app.database, "read"):
        say("Reading the grocer's year", 0, days)
        ahead = [(day, events) for day, events in source.days() if day >= progress.next_day]
    with timed(app.database, "live"):
        take_up(app, progress.next_day)
        for day, events in ahead:
            live_day(app, day, events)
            lived = (day - FIRST_DAY).days + 1
            if lived.bit_count() == 1:  # As often as it has doubled.
                know_growth(app.database)
            say(f"{day:%A, %-d %B %Y}", lived, days)


def take_up(app: App, next_day: date) -> None:
    """End the day in which an earlier run was broken off, before the next one's events arrive."""
    now = at(app)
    app.catch_up(now)
    app.advance(max(day_bounds(next_day, ZONE)[0], now))


def prepare(app: App, source: CompleteJourney, password: str) -> None:
    with app.database.transaction() as tx:
        staff.hire(tx, password, START)
        orders.put_products(tx, source.products())
    company.found_company(app, START)


def live_day(app: App, day: date, events: list[log.NewEvent]) -> None:
    """One day: what happened arrives, the campaign goes out on its morning, then it is midnight."""
    if day == CAMPAIGN_DAY:
        live_campaign_morning(app, events)
    with app.database.transaction() as tx:
        if run(tx, SQL.pass_day, day=day):
            log.append(tx, events)
    app.advance(max(day_bounds(day, ZONE)[1], at(app)))


def live_campaign_morning(app: App, events: list[log.NewEvent]) -> None:
    """Only what happened before nine is known at nine; sent again with the whole day, it counts once."""
    with app.database.transaction() as tx:
        log.append(tx, [event for event in events if event.occurred_at < CAMPAIGN_AT])
    app.advance(max(CAMPAIGN_AT, at(app)))
    company.launch_win_back(app, CAMPAIGN_AT)
    app.advance(max(CAMPAIGN_AT, at(app)))


def at(app: App) -> datetime:
    with app.database.transaction() as tx:
        return app.now(tx)
