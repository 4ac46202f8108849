"""Versions begin at once, later or for some; programmes pause, run again and close; each with its trace."""

from datetime import timedelta

import pytest

from regulars import access, audit
from regulars.access import NotAllowed
from regulars.db import Tx
from regulars.kernel import Conflict, Invalid
from regulars.loyalty import (
    Basket,
    EarningRule,
    Rollout,
    RunDeed,
    accrue,
    begin_due,
    carry_out_run,
    close_programme,
    enrol,
    foresee_run,
    launch_version,
    pause_programme,
    preview_basket,
    programme_run,
    resume_programme,
)
from tests.integration.loyalty.books import START, Sale, after, no_tiers, open_club, put_sales

HOUR = timedelta(hours=1)
ONCE = no_tiers()
TWICE = no_tiers(earning=(EarningRule(key="spend", points=2, per="1.00", money="USD"),))


def person(tx: Tx, level: int, function: str = "loyalty"):
    name = f"{function} {level}"
    email = f"{function}{level}@example.invalid"
    found = access.add_person(
        tx, access.SYSTEM, name=name, email=email, level=level, function=function, at=START
    )
    return found.actor("console")


def earned(tx: Tx, order: int) -> int:
    return tx.execute(
        "select coalesce(sum(amount), 0)::int from loyalty.transfer where order_id = %s and kind = 'earn'",
        (order,),
    ).fetchone()[0]


def previewed(tx: Tx, at, *, store: str = "", customer: int | None = 7) -> int:
    priced = preview_basket(tx, "club", customer, Basket(money="USD", total_minor=1000, store=store), at)
    return priced.points("points")


def test_a_version_begins_at_its_instant_whenever_it_is_looked_at(tx: Tx) -> None:
    open_club(tx, ONCE)
    begins = after(10)
    launch_version(tx, "club", 2, no_tiers(earning=TWICE.earning, begins=begins), after(1))
    put_sales(tx, [Sale(position=1, customer=7, at=begins - HOUR, minor=1000)])
    put_sales(tx, [Sale(position=2, customer=7, at=begins, minor=1000)])

    assert [(one.version, one.coming) for one in programme_run(tx, "club").versions] == [
        (1, False),
        (2, True),
    ]
    assert (previewed(tx, begins - HOUR), previewed(tx, begins)) == (10, 20)
    assert begin_due(tx, begins - HOUR) == 0
    assert begin_due(tx, begins + HOUR) == 1
    assert begin_due(tx, begins + HOUR) == 0
    accrue(tx, after=0, to=2)

    assert (earned(tx, 1), earned(tx, 2)) == (10, 20)
    assert (previewed(tx, begins - HOUR), previewed(tx, begins)) == (10, 20)


def test_a_version_published_in_the_past_says_so_and_changes_nothing(tx: Tx) -> None:
    open_club(tx, ONCE)

    with pytest.raises(Invalid, match="has passed") as refused:
        launch_version(tx, "club", 2, no_tiers(begins=after(1)), after(2))

    assert [one.path for one in refused.value.findings] == ["begins"]
    assert [one.version for one in programme_run(tx, "club").versions] == [1]


def test_a_version_that_has_not_begun_gives_way_to_another(tx: Tx) -> None:
    open_club(tx, ONCE)
    launch_version(tx, "club", 2, no_tiers(begins=after(10)), after(1))
    launch_version(tx, "club", 3, TWICE, after(2))

    assert begin_due(tx, after(20)) == 0
    assert [(one.version, one.live_from) for one in programme_run(tx, "club").versions] == [(3, after(2))]


def test_a_rollout_holds_in_its_stores_and_for_its_share_and_leaves_the_rest(tx: Tx) -> None:
    open_club(tx, ONCE)
    launch_version(
        tx, "club", 2, no_tiers(earning=TWICE.earning, only_for=Rollout(stores=("north",))), after(1)
    )
    at = after(2)

    assert (previewed(tx, at, store="north"), previewed(tx, at, store="south")) == (20, 10)

    share = no_tiers(earning=TWICE.earning, only_for=Rollout(percent=30))
    launch_version(tx, "club", 3, share, after(3))
    got = [previewed(tx, after(4), customer=customer) for customer in range(1, 301)]
    put_sales(tx, [Sale(position=n, customer=n, at=after(4), minor=1000) for n in range(1, 301)])
    accrue(tx, after=0, to=300)

    assert {10, 20} == set(got)
    assert 60 < got.count(20) < 120
    assert [earned(tx, n) for n in range(1, 301)] == got
    assert previewed(tx, after(4), customer=None) == 0  # A stranger is of no share.

    launch_version(tx, "club", 4, TWICE, after(5))
    assert [(one.version, one.percent) for one in programme_run(tx, "club").versions] == [(4, None)]


def test_what_occurs_in_a_pause_never_earns_whenever_it_is_told(tx: Tx) -> None:
    open_club(tx, ONCE)
    lea = person(tx, 4)

    said = pause_programme(tx, lea, "club", at=after(2), reason="A till counts twice")
    assert said.asked is None
    assert programme_run(tx, "club").state(after(3)) == "paused"
    assert previewed(tx, after(3)) == 0
    priced = preview_basket(tx, "club", 7, Basket(money="USD", total_minor=1000), after(3))
    assert [one.code for one in priced.skipped] == ["paused"]
    with pytest.raises(Conflict, match="paused since"):
        pause_programme(tx, lea, "club", at=after(3))
    resume_programme(tx, lea, "club", at=after(4))
    put_sales(tx, [Sale(position=n, customer=7, at=after(n), minor=1000) for n in (1, 3, 5)])
    accrue(tx, after=0, to=5)

    assert [earned(tx, n) for n in (1, 3, 5)] == [10, 0, 10]
    with pytest.raises(Conflict, match="neither paused"):
        resume_programme(tx, lea, "club", at=after(5))
    deeds = [(one.action, one.actor_name, one.reason) for one in audit.entries(tx, subject="club").items]
    assert deeds == [
        ("loyalty.resume", "loyalty 4", None),
        ("loyalty.pause", "loyalty 4", "A till counts twice"),
    ]


def test_closing_is_asked_for_below_the_level_and_done_by_who_may(tx: Tx) -> None:
    open_club(tx, ONCE)
    put_sales(tx, [Sale(position=1, customer=7, at=after(1), minor=1000)])
    accrue(tx, after=0, to=1)
    asks, decides = person(tx, 3), person(tx, 4)
    plan = {"closing_at": after(10), "spend_until": after(40)}

    shown = foresee_run(tx, RunDeed(verb="close", programme="club", **plan), after(2))
    asked = close_programme(tx, asks, "club", at=after(2), **plan).asked
    assert shown.facts[-1] == ("Held in points", "10 points by 1 member")
    assert not shown.reversible
    assert asked is not None
    assert programme_run(tx, "club").closing_at is None
    access.decide(tx, decides, asked.approval_id, "approve", at=after(3))
    said = carry_out_run(tx, decides, asked.approval_id, at=after(3))

    assert said == (
        "“Club” closes: nothing earns from 11 January 2025 at 00:00 (America/New_York) on, and points can be "
        "spent until 10 February 2025 at 00:00 (America/New_York)."
    )
    assert (previewed(tx, after(9)), previewed(tx, after(10))) == (10, 0)
    resume_programme(tx, decides, "club", at=after(4))
    assert previewed(tx, after(10)) == 10
    close_programme(tx, decides, "club", at=after(5), spend_until=after(30))
    with pytest.raises(Conflict, match="begins no more"):
        resume_programme(tx, decides, "club", at=after(6))
    with pytest.raises(Invalid, match="closed"):
        launch_version(tx, "club", 2, TWICE, after(6))
    with pytest.raises(Conflict, match="nobody joins"), tx.transaction():
        enrol(tx, "club", 8, at=after(6))
    assert not enrol(tx, "club", 7, at=after(6))
    with pytest.raises(NotAllowed):
        pause_programme(tx, person(tx, 4, "service_agent"), "club", at=after(6))


@pytest.mark.parametrize(
    ("plan", "path"),
    [
        ({"closing_at": after(1), "spend_until": after(9)}, "closing_at"),
        ({"closing_at": after(5), "spend_until": after(5)}, "spend_until"),
        ({"spend_until": after(2)}, "spend_until"),
    ],
)
def test_a_closing_that_cannot_be_says_which_instant_is_wrong(tx: Tx, plan, path: str) -> None:
    open_club(tx, ONCE)

    with pytest.raises(Invalid) as refused:
        close_programme(tx, person(tx, 4), "club", at=after(2), **plan)

    assert [one.path for one in refused.value.findings] == [path]
