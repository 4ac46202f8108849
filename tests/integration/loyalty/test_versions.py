"""Which rules hold: for some stores or a share first, in pauses, after the closing, for several programmes, for events."""

from psycopg.types.json import Jsonb

from regulars.conditions import Bucket, Filter
from regulars.db import Tx
from regulars.loyalty import (
    Cap,
    Currency,
    EarningRule,
    Rollout,
    accrue,
    balance_as_of,
    check_ledger,
    enrol,
    launch_version,
    member,
)
from tests.integration.loyalty.books import CLUB, Sale, after, changed, no_tiers, open_club, put_sales
from tests.integration.loyalty.shop import returned, touch

DOUBLED = (EarningRule(key="spend", points=2, per="1.00", money="USD", rounded_per="order"),)
EVENT = """
insert into log.event (position, booked_at, occurred_at, received_at, message_id, source, type, name, customer_id,
    properties, history, schema_version, hops)
values (%(position)s, %(at)s, %(at)s, %(at)s, %(id)s, 'shop', 'track', %(name)s, %(customer)s, %(told)s, false, 1, 0)
"""


def active(tx: Tx, customer: int, *, programme: str = "club", currency: str = "points") -> int:
    return balance_as_of(tx, customer, programme=programme, currency=currency, booked_at=after(300)).active


def put_event(tx: Tx, position: int, customer: int, name: str, told: dict[str, object]) -> None:
    place = {"position": position, "at": after(1), "id": f"event-{position}", "name": name}
    tx.execute(EVENT, place | {"customer": customer, "told": Jsonb(told)})


def test_a_version_for_some_stores_rules_there_and_the_one_before_everywhere_else(tx: Tx) -> None:
    open_club(tx, no_tiers())
    rollout = no_tiers(earning=DOUBLED, only_for=Rollout(stores=("north",)))
    launch_version(tx, "club", 2, rollout, after(1))
    put_sales(tx, [Sale(position=n, customer=n, at=after(2), minor=1000) for n in (1, 2)])
    tx.execute("update orders.purchase set store = 'north' where position = 1")

    accrue(tx, after=0, to=2)

    assert (active(tx, 1), active(tx, 2)) == (20, 10)


def test_a_version_for_a_share_rules_those_whom_the_condition_of_the_same_name_holds(tx: Tx) -> None:
    share = Bucket(salt="club/2", below=3000)
    rule = EarningRule(key="share", points=100, per="1", counts="orders", who=share)
    open_club(tx, no_tiers(earning=(*CLUB.earning, rule)))
    rollout = no_tiers(earning=(rule,), only_for=Rollout(percent=30))
    launch_version(tx, "club", 2, rollout, after(1))
    people = range(1, 41)
    tx.cursor().executemany(
        "insert into customers.customer (customer_id, created_at, first_seen_at, last_seen_at) values (%s, %s, %s, %s)",
        [(who, after(1), after(1), after(1)) for who in people],
    )
    put_sales(tx, [Sale(position=who, customer=who, at=after(2), minor=1000) for who in people])

    accrue(tx, after=0, to=len(people))

    points = [active(tx, who) for who in people]
    assert set(points) == {10, 100}
    assert 4 <= points.count(100) <= 20


def test_pauses_and_the_closing_stop_what_occurred_in_them_whenever_it_is_told(tx: Tx) -> None:
    open_club(tx, no_tiers())
    tx.execute(
        "insert into loyalty.pause (programme_id, paused_at, resumed_at) select id, %s, %s from loyalty.programme",
        (after(2), after(3)),
    )
    tx.execute("update loyalty.programme set closing_at = %s", (after(5),))
    days = (1.5, 2.5, 3.5, 5.5)
    put_sales(tx, [Sale(position=n, customer=n, at=after(day), minor=1000) for n, day in enumerate(days, 1)])

    accrue(tx, after=0, to=4)

    assert [member(tx, n, programme="club", at=after(9)) is not None for n in range(1, 5)] == [
        True, False, True, False,
    ]  # fmt: skip


def test_several_programmes_and_currencies_earn_beside_each_other(tx: Tx) -> None:
    stars = Currency(code="stars", name="stars", kind="tier")
    rules = (*CLUB.earning, EarningRule(key="visit", points=3, per="1", counts="orders", currency="stars"))
    open_club(tx, changed(currencies=(*CLUB.currencies, stars), earning=rules))
    launch_version(tx, "other", 1, no_tiers(earning=DOUBLED), after(0))
    put_sales(
        tx, [Sale(position=1, customer=7, at=after(1), minor=1000, lines=(("milk", 700), ("tea", 300)))]
    )

    accrue(tx, after=0, to=1)
    earned = (active(tx, 7), active(tx, 7, currency="stars"), active(tx, 7, programme="other"))
    returned(tx, 1, {1: 700})
    touch(tx, 1)

    assert earned == (10, 3, 20)
    left = (active(tx, 7), active(tx, 7, currency="stars"), active(tx, 7, programme="other"))
    assert (left, check_ledger(tx)) == ((3, 1, 6), [])


def test_who_is_no_member_earns_nothing_where_one_joins_only_by_enrolling(tx: Tx) -> None:
    open_club(tx, no_tiers(join="enrolment"))
    enrol(tx, "club", 7, at=after(2))
    put_sales(
        tx,
        [
            Sale(position=1, customer=7, at=after(1), booked_at=after(3), minor=1000),
            Sale(position=2, customer=7, at=after(3), minor=1000),
            Sale(position=3, customer=8, at=after(3), minor=1000),
        ],
    )

    accrue(tx, after=0, to=3)

    assert (active(tx, 7), member(tx, 8, programme="club", at=after(9))) == (10, None)


def test_events_earn_once_each_by_what_is_asked_of_them(tx: Tx) -> None:
    reviewed = EarningRule(
        key="review", points=5, per="1", counts="events", event="Reviewed",
        where=(Filter(property="stars", test="at_least", value=3),), caps=(Cap(points=10, per="month"),),
    )  # fmt: skip
    trained = EarningRule(
        key="sport", points=2, per="10", counts="events", event="Trained", amount="minutes", rounding="floor"
    )
    open_club(tx, no_tiers(earning=(reviewed, trained)))
    for position, stars in enumerate((5, 1, 4, 3), 1):
        put_event(tx, position, 7, "Reviewed", {"stars": stars})
    put_event(tx, 5, 7, "Trained", {"minutes": 47.5})
    put_event(tx, 6, 8, "Trained", {"minutes": "many"})

    for _ in range(2):
        accrue(tx, after=0, to=6)

    assert (active(tx, 7), member(tx, 8, programme="club", at=after(9))) == (10 + 9, None)
    assert check_ledger(tx) == []


def test_a_budget_is_given_to_who_came_first_and_what_came_back_is_given_again(tx: Tx) -> None:
    rule = EarningRule(key="spend", points=1, per="1.00", money="USD", budget=25)
    open_club(tx, no_tiers(earning=(rule,)))
    put_sales(
        tx,
        [Sale(position=n, customer=who, at=after(n), minor=1000) for n, who in enumerate((1, 1, 2, 3, 4), 1)],
    )

    accrue(tx, after=0, to=4)
    tx.execute(
        "update orders.purchase set status = 'cancelled', cancelled_at = occurred_at where position = 1"
    )
    touch(tx, 1)
    accrue(tx, after=4, to=5)

    cuts = tx.execute("select cuts from loyalty.award where cuts is not null").fetchall()
    assert [active(tx, who) for who in (1, 2, 4)] == [10, 5, 10]
    assert (cuts, check_ledger(tx)) == ([([{"by": "budget", "points": 5}],)], [])
